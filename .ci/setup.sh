# What both commands of the README need before their own work: Debian packages, a Python environment, a configured build.
# Sourced by examples/quickstart.sh and tests/run.sh, from the repository's root; every step is skipped when it has been done.

say() { printf '\n== %s\n' "$*"; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs the packages of .ci/packages.txt that are missing.
setup_packages() {
  local missing=() package
  while read -r package; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done < .ci/packages.txt
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  as_root apt-get update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

# Makes .venv hold exactly the versions of .ci/requirements.txt, and those of .ci/optional.txt where they can be had: without
# them a part of Tessera is left out, which the configuration says.
setup_python() {
  local stamp=.venv/requirements.sha256
  [ -f "$stamp" ] && sha256sum --status -c "$stamp" && return 0
  say "Installing Python packages into .venv"
  [ -x .venv/bin/python ] || python3 -m venv .venv
  .venv/bin/python -m pip install --progress-bar off -r .ci/requirements.txt
  .venv/bin/python -m pip install --progress-bar off --no-deps -r .ci/optional.txt || say "Going on without .ci/optional.txt"
  sha256sum .ci/requirements.txt .ci/optional.txt > "$stamp"
}

# setup_build PRESET TARGET...: configures build folder PRESET (see CMakePresets.json) once and builds the targets.
setup_build() {
  local preset=$1 folder=build
  shift
  [ "$preset" = release ] || folder=build-$preset
  if [ ! -f "$folder/build.ninja" ]; then
    say "Configuring $folder"
    cmake --preset "$preset"
  fi
  say "Building $folder"
  cmake --build "$folder" --target "$@"
}

# Everything a build needs, in order.
setup_machine() {
  setup_packages
  setup_python
}
