#!/bin/sh
# Puts the menu entry, the icon and the description beside a `pipx install .` of this user.
# `sh packaging/linux/install.sh` adds them, `… --remove` takes them away; nothing needs root.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
name=org.gpu_setup_wizard.GpuSetupWizard

if [ "${1:-}" = "--remove" ]; then
    rm -f "$data/applications/$name.desktop" "$data/metainfo/$name.metainfo.xml" \
        "$data/icons/hicolor/scalable/apps/$name.svg"
    exit 0
fi
mkdir -p "$data/applications" "$data/metainfo" "$data/icons/hicolor/scalable/apps"
cp "$here/$name.desktop" "$data/applications/"
cp "$here/$name.metainfo.xml" "$data/metainfo/"
cp "$here/../../resources/icons/app.svg" "$data/icons/hicolor/scalable/apps/$name.svg"
command -v gpu-setup-wizard >/dev/null || echo "gpu-setup-wizard is not on PATH yet: pipx install $(dirname "$(dirname "$here")")" >&2
