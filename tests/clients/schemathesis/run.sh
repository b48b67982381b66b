#!/usr/bin/env bash
# Tries every operation of all three documents with good and bad input, and compares the answers with the documents:
# BASE_URL, TOKEN (of a tenant's administrator), ADMIN_TOKEN (of the platform's; TOKEN otherwise).
set -euo pipefail
source "$(dirname "$0")/../environment.sh"
: "${TOKEN:?a token that may do much}"

python_environment
export SCHEMATHESIS_FOLDER="$here" PYTHONDONTWRITEBYTECODE=1
cd "$cache"
failed=()
judge() {
  local document="$1" token="$2"
  echo "-- $document"
  "$cache/environment/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$documents/$document.json" \
    --url "$BASE_URL" --header "Authorization: Bearer $token" --no-color || failed+=("$document")
}
judge creator "$TOKEN"
judge admin "${ADMIN_TOKEN:-$TOKEN}"
judge marketplace "$TOKEN"
if [ ${#failed[@]} -gt 0 ]; then
  echo "the service does not keep to: ${failed[*]}" >&2
  exit 1
fi
