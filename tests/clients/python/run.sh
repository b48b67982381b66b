#!/usr/bin/env bash
# A client in Python, generated from the creator's document: BASE_URL, EMAIL, PASSWORD, PACKAGE (a valid package).
set -euo pipefail
source "$(dirname "$0")/../environment.sh"
: "${EMAIL:?who signs in}" "${PASSWORD:?and with which password}" "${PACKAGE:?a package to upload}"

python_environment
rm -rf "$cache/client"
"$cache/environment/bin/openapi-python-client" generate \
  --path "$documents/creator.json" --config "$here/config.yaml" --meta none --output-path "$cache/client/installhub_client" \
  --overwrite --fail-on-warning
PYTHONPATH="$cache/client" PYTHONDONTWRITEBYTECODE=1 exec "$cache/environment/bin/python" "$here/main.py"
