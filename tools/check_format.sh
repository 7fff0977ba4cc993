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
bad=$(for file in "${files[@]}"; do
  "$format" "$file" | cmp -s - "$file" || echo "$file:1: not formatted"
done)
[ -z "$bad" ] && { echo "format: ok (${#files[@]} files)"; exit 0; }
printf '%s\nrun: tools/check_format.sh --fix\n' "$bad"
exit 1
