#!/usr/bin/env bash
# Installs from the distribution (Debian 12, Ubuntu 24.04 and later) what Chainrule needs and is not there yet.
# Usage: tools/install_packages.sh GROUP...     groups: build test checks browser npm golden bench
# This is the only list of packages; README.md says what each library is for.
set -euo pipefail

declare -A packages=(
  [build]="g++ cmake ninja-build ccache libhwy-dev libasmjit-dev libfmt-dev libcli11-dev libtomlplusplus-dev
           nlohmann-json3-dev zlib1g-dev libarchive-dev libfast-float-dev libxxhash-dev
           libspng-dev libturbojpeg0-dev"
  [test]="libgtest-dev libgmock-dev libexpat1-dev libopenmpi-dev openmpi-bin"
  # texlive-lang-korean brings kotex and its fonts: pages in both languages compile with pdflatex.
  [checks]="clang clang-format clang-tidy libclang-rt-dev llvm shellcheck python3 iproute2 qemu-user
            texlive-latex-base texlive-lang-korean"
  # Fonts with formulas and with Hangul.
  [browser]="chromium fonts-lmodern fonts-nanum"
  [npm]="nodejs npm"
  [golden]="clang qemu-user g++-aarch64-linux-gnu"
  [bench]="libtorch-dev libopenblas0-openmp libfann-dev libdnnl-dev libxsmm-dev valgrind
           gnuplot-nox"
)

fail() {
  echo "install_packages: $*" >&2
  exit 1
}

wanted=()
for group in "$@"; do
  [[ -n ${packages[$group]:-} ]] || fail "no group '$group'; the groups are: build test checks browser npm bench"
  read -r -d '' -a names <<<"${packages[$group]}" || true
  wanted+=("${names[@]}")
done

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "install_packages: this is neither Debian nor Ubuntu; going on without installing." >&2
  echo "If the build misses something, look for these: ${wanted[*]}" >&2
  exit 0
fi

missing=()
for name in "${wanted[@]}"; do
  # One word for each architecture. Literal braces: dpkg-query fills them in. shellcheck disable=SC2016
  [[ $(dpkg-query -W -f ' ${db:Status-Status} ' "$name" 2>/dev/null) == *" installed "* ]] ||
    missing+=("$name")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

echo "Installing from the distribution: ${missing[*]}"
as_root=(env)
if [[ $EUID -ne 0 ]]; then
  command -v sudo >/dev/null ||
    fail "not root, and sudo is not there; run as root: apt-get install ${missing[*]}"
  as_root=(sudo env)
fi
as_root+=(DEBIAN_FRONTEND=noninteractive)
"${as_root[@]}" apt-get update -qq </dev/null
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null ||
  fail "apt-get could not install: ${missing[*]}"
