# pulldown-cmark and the crates it needs, one by one with rustc, as cargo would (which wants an index of all crates): run in the
# registry's folder as pulldown.sh RUSTC OPTION… -o OUTPUT.
set -euo pipefail
output=${*: -1}
rustc=$1
options=("${@:2:$#-3}")
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# crate NAME EDITION FILE OPTIONS…; the build scripts of memchr and unicase would only set the cfgs below.
crate() {
  local name=$1 edition=$2 file=$3
  shift 3
  "$rustc" --cap-lints allow -C opt-level=2 --edition "$edition" --crate-type rlib --crate-name "$name" "${options[@]}" "$@" -o "$work/lib$name.rlib" "$file"
}
with() { for name in "$@"; do printf -- '--extern %s=%s/lib%s.rlib ' "$name" "$work" "$name"; done; }

# shellcheck disable=SC2046 # options are words
{
  crate bitflags 2018 bitflags-*/src/lib.rs
  crate unicode_width 2015 unicode-width-*/src/lib.rs
  crate getopts 2015 getopts-*/src/lib.rs $(with unicode_width)
  crate memchr 2018 memchr-*/src/lib.rs --cfg 'feature="std"'
  crate unicase 2015 unicase-*/src/lib.rs \
    --cfg __unicase__iter_cmp --cfg __unicase__default_hasher --cfg __unicase__const_fns --cfg __unicase__core_and_alloc
  crate pulldown_cmark 2018 pulldown-cmark-*/src/lib.rs $(with bitflags memchr unicase)
  "$rustc" --cap-lints allow -C opt-level=2 --edition 2018 --crate-type bin --crate-name pulldown --cfg 'feature="getopts"' -L "$work" "${options[@]}" \
    $(with getopts pulldown_cmark) -o "$output" pulldown-cmark-*/src/main.rs
}
