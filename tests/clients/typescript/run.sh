#!/usr/bin/env bash
# A client in TypeScript, generated from the creator's document: BASE_URL, EMAIL, PASSWORD, PACKAGE (a valid package).
set -euo pipefail
source "$(dirname "$0")/../environment.sh"
: "${EMAIL:?who signs in}" "${PASSWORD:?and with which password}" "${PACKAGE:?a package to upload}"

cp "$here"/{package.json,package-lock.json,.npmrc,tsconfig.json} "$cache"
rm -rf "$cache/src" "$cache/built"
cp -R "$here/src" "$cache/src"
cd "$cache"
if ! unchanged packages package-lock.json; then
  npm ci --no-audit --no-fund --loglevel=error
  keep packages package-lock.json
fi
npx --no-install openapi-ts --input "$documents/creator.json" --output src/client --client @hey-api/client-fetch --silent
npx --no-install tsc
exec node built/main.js
