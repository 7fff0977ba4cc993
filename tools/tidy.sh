#!/bin/bash
# clang-tidy 19 on one file of a build tree that g++ made.   tools/tidy.sh BUILD FILE
#
# The compile database says how g++ is called. A file that uses g++'s precompiled header cannot be read
# by clang, so the flags that name it are taken out first.
set -eu
build=$1 file=$2
database=$build/tidy
mkdir -p "$database"
[ "$database/compile_commands.json" -nt "$build/compile_commands.json" ] ||
  { sed -E 's# -include [^ "]*cmake_pch\.hxx# #g; s# -Winvalid-pch# #g; s# -fpch-preprocess# #g' \
      "$build/compile_commands.json" >"$database/$$.json" &&
    mv "$database/$$.json" "$database/compile_commands.json"; }
exec clang-tidy-19 --quiet -p "$database" --extra-arg=-Wno-unknown-warning-option "$file"
