#!/bin/sh
# Fetches python.org's embeddable archive of one version for a release build.
# `sh packaging/windows/fetch_python.sh 3.13.14 FOLDER`; the build checks its SHA-256 itself.
set -eu
name="python-$1-embed-amd64.zip"
mkdir -p "$2"
curl --fail --location --silent --show-error --retry 3 \
    --output "$2/$name" "https://www.python.org/ftp/python/$1/$name"
echo "$2/$name"
