# Programs in Rust, Go and Ruby, for tests/programs/build, which sources this. Rust is Debian's, with crates from its librust packages;
# Go that of its backports, the first with wasip1, unpacked beside; Ruby comes ready-made from npm and is compared with itself under
# the WASI of tests/v8's Node. Without network all but the first run works.

languages=$here/languages

# unpack FOLDER PACKAGE…: binary packages, without installing them, once; false if they could not be fetched.
unpack() {
  local folder=$1
  shift
  [[ -f $folder/.unpacked ]] && return
  mkdir -p "$folder/debs"
  (cd "$folder/debs" && own_apt apt-get download "$@" >"$folder.log" 2>&1) || return 1
  for deb in "$folder/debs"/*.deb; do dpkg-deb -x "$deb" "$folder"; done
  rm -r "$folder/debs"
  touch "$folder/.unpacked"
}

# ---- Rust ----------------------------------------------------------------------------------------------------------

rustc=/usr/bin/rustc  # Debian's, whatever else the machine has

need_rust() {
  [[ -x $rustc ]] || die "needs rustc: apt-get install rustc"
  [[ -d $("$rustc" --print sysroot)/lib/rustlib/wasm32-wasi ]] || die "needs WASI for Rust: apt-get install libstd-rust-dev-wasm32"
}

fetch_crates() {
  need_apt
  unpack "$out/crates" librust-{bitflags,getopts,memchr,pulldown-cmark,unicase,unicode-width}-dev || die "no crates, see $out/crates.log"
}

# The linkers are those of clang 19; Rust's archives hold members that lld warns of.
rust_native=(-C "linker=$cc")
rust_wasm=(--target wasm32-wasi -C linker=wasm-ld-19 -C link-arg=--no-fatal-warnings -C strip=debuginfo)

build_rust_std() {
  compile "$out/native/rust-std" "$languages" "$rustc" --edition 2021 -O "${rust_native[@]}" std.rs
  compile "$out/wasm/rust-std.wasm" "$languages" "$rustc" --edition 2021 -O "${rust_wasm[@]}" std.rs
}

build_pulldown() {
  local registry=$out/crates/usr/share/cargo/registry
  compile "$out/native/pulldown" "$registry" bash "$languages/pulldown.sh" "$rustc" "${rust_native[@]}"
  compile "$out/wasm/pulldown.wasm" "$registry" bash "$languages/pulldown.sh" "$rustc" "${rust_wasm[@]}"
}

# ---- Go ------------------------------------------------------------------------------------------------------------

# What Debian's backports call golang-go depends on the newest. Not every mirror carries them: without, Go's programs are left out.
fetch_go() {
  local release=bookworm-backports apt=$out/apt-backports version
  [[ -f $out/go/.unpacked || ${#left_out[@]} -gt 0 ]] && return
  if prepare_apt; then
    version=$(own_apt apt-cache depends golang-go | sed -nE 's/^ *Depends: (golang-[0-9.]+)-go$/\1/p')
    [[ $version ]] || die "golang-go of $release names no compiler"
    unpack "$out/go" "$version-go" "$version-src" && return
  fi
  left_out=(go-std gofmt)
  echo "left out: ${left_out[*]}: no Go from $release of $mirror, see $apt/update.log and $out/go.log"
}

# build_go NAME FOLDER PACKAGE. (The output comes last on the command line; go wants it before the package.)
build_go() {
  local root
  root=$(echo "$out"/go/usr/lib/go-*)
  local go=(env "GOROOT=$root" "GOCACHE=$out/go/cache" "GOPATH=$out/go/path" GOTOOLCHAIN=local GOPROXY=off GOFLAGS= CGO_ENABLED=0)
  local build=(bash -c '"$GOROOT/bin/go" build -p 2 -trimpath -ldflags="-s -w" "${@:2}" "$1"' go "$3")
  compile "$out/native/$1" "$2" "${go[@]}" "${build[@]}"
  compile "$out/wasm/$1.wasm" "$2" "${go[@]}" GOOS=wasip1 GOARCH=wasm "${build[@]}"
}

build_go_std() { build_go go-std "$languages" "$languages/std.go"; }
build_gofmt() { build_go gofmt "$(echo "$out"/go/usr/lib/go-*)/src/cmd" cmd/gofmt; }

# ---- Ruby ----------------------------------------------------------------------------------------------------------

fetch_ruby() {
  local folder
  for folder in "$languages" "$root/tests/v8"; do
    [[ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ]] && continue
    command -v npm >/dev/null || die "needs npm: apt-get install npm"
    npm ci --prefix "$folder" --no-audit --no-fund --silent >"$out/npm.log" 2>&1 || die "Ruby and Node were not fetched, see $out/npm.log"
  done
}

# (V8 20 crashes in its fast calls of WASI when a second module shares the memory.) The library, the modules around it (Umber reads their text, Node wants bytes), and a command that runs all of it under Node.
build_ruby() {
  local name
  ln -sf "$languages/node_modules/@ruby/3.4-wasm-wasi/dist/ruby+stdlib.wasm" "$out/wasm/ruby-library.wasm"
  for name in ruby rb-js-abi-host canonical_abi; do
    compile "$out/wasm/$name.wasm" "$languages" wasm-as -all "$name.wat"
  done
  printf '#!/bin/sh\nexec "%s" --no-warnings --no-turbo-fast-api-calls "%s" "%s" "$@"\n' "$root"/tests/v8/node_modules/node-linux-*/bin/node "$languages/ruby.mjs" "$out/wasm" >"$out/native/ruby"
  chmod +x "$out/native/ruby"
}
