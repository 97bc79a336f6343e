#!/bin/sh
# Signs one file with Azure Trusted Signing through osslsigncode's successor `jsign`; NSIS calls it
# for the uninstaller and for the installer (WIZARD_SIGN). Without secrets nothing calls it.
#   AZURE_ENDPOINT  the account's endpoint      AZURE_PROFILE  ACCOUNT/PROFILE
#   AZURE_TOKEN     az account get-access-token --resource https://codesigning.azure.net
set -eu
jsign --storetype TRUSTEDSIGNING --keystore "$AZURE_ENDPOINT" --storepass "$AZURE_TOKEN" \
    --alias "$AZURE_PROFILE" --tsaurl http://timestamp.acs.microsoft.com --tsmode RFC3161 "$1"
