# Sourced by the scripts beside it: where the checkout is, and where clients are made – never in the checkout.
here="$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)"
checkout="$(cd "$here/../../.." && pwd)"
documents="$checkout/docs/openapi"
cache="${CLIENTS_CACHE:-${CARGO_TARGET_DIR:-$checkout/target}/clients/$(basename "$here")}"
mkdir -p "$cache"
: "${BASE_URL:?the address of a server, such as http://127.0.0.1:8080}"

# unchanged NAME FILE…: whether the files are as they were when `keep NAME FILE…` was called last.
unchanged() {
  local name="$1"
  shift
  [ "$(cat "$cache/$name.stamp" 2>/dev/null)" = "$(cat "$@" | sha256sum)" ]
}

keep() {
  local name="$1"
  shift
  cat "$@" | sha256sum >"$cache/$name.stamp"
}

# python_environment: a virtual environment with what requirements.txt beside the script names, and nothing else.
python_environment() {
  if ! unchanged environment "$here/requirements.txt"; then
    rm -rf "$cache/environment"
    python3 -m venv "$cache/environment"
    "$cache/environment/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    keep environment "$here/requirements.txt"
  fi
}
