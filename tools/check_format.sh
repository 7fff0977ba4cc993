#!/bin/bash
# Says which files clang-format would change.   tools/check_format.sh [ROOT]   (--fix: changes them)
#                                               tools/check_format.sh --self-test
format=$(command -v clang-format-19) || { echo "format: clang-format-19 is missing (tools/install_packages.sh test)"; exit 1; }
cd "$(dirname "$0")/.." || exit 1
if [ "$1" = --self-test ]; then
  printf 'int  f( ){return 1 ;}\n' | "$format" --dry-run -Werror 2>/dev/null && { echo "self-test: wrong"; exit 1; }
  echo "format self-test: ok"; exit 0
fi
mapfile -d '' files < <(find src tests fuzz bench \( -name '*.h' -o -name '*.cc' \) -print0 2>/dev/null)
[ ${#files[@]} = 0 ] && { echo "format: no files"; exit 0; }
[ "$1" = --fix ] && exec "$format" -i "${files[@]}"
bad=$(printf '%s\0' "${files[@]}" | xargs -0 -P "$(nproc)" -n 50 "$format" --dry-run 2>&1 |
  grep -oE '^[^ :]+:[0-9]+:[0-9]+: (warning|error): code should be clang-formatted' |
  sort -t: -k1,1 -k2,2n | awk -F: '!seen[$1]++ {print $1 ":" $2 ": not formatted"}')
[ -z "$bad" ] && { echo "format: ok (${#files[@]} files)"; exit 0; }
printf '%s\nrun: tools/check_format.sh --fix\n' "$bad"
exit 1
