#!/bin/bash
# Fails if a pure library needs the outside world or keeps hidden state, whatever its includes say:
# the linker knows.
#
# Usage: tools/check_pure.sh LIBRARY.a...      tools/check_pure.sh --self-test
world='clock_gettime|clock_nanosleep|gettimeofday|time|nanosleep|usleep|sleep|poll|select|epoll_wait'
world+='|socket|connect|send|sendto|recv|recvfrom|bind|listen|accept|getaddrinfo'
world+='|open|open64|openat|read|write|fopen|fopen64|unlink|rename|stat|getenv|secure_getenv|setenv'
world+='|rand|srand|random|getrandom|getentropy|arc4random'
world+='|pthread_create|fork|vfork|execve|execv|execvp|posix_spawn|system|popen|kill|signal|sigaction'
world+='|std::chrono::_V2::(steady|system)_clock::now\(\)|std::random_device::.*|std::thread::.*'
world+='|std::basic_[io]?fstream<.*|std::filesystem::.*|std::c(out|err|in|log)'
# A failed check prints and aborts (base/check.cc); nothing else here may print.
print='printf|puts|putchar|fputs|fwrite|__printf_chk'

check() {
  local library status=0 needs state prints
  for library in "$@"; do
    needs=$(nm -uC "$library" 2>/dev/null | grep -E "^ +U ($world)(@.*)?$" | sort -u)
    prints=$(nm -uC "$library" 2>/dev/null | grep -E "^ +U ($print)$" | sort -u)
    state=$(objdump -tC "$library" 2>/dev/null |
      grep -E ' O \.(data|bss|tdata|tbss)' | grep -vE '\.data\.rel\.ro|DW\.ref|__asan|__odr')
    [ -n "$needs" ] && status=1 &&
      printf '%s: calls the outside world (take a value, return an effect):\n%s\n' "$library" "$needs"
    [ -n "$prints" ] && status=1 &&
      printf '%s: prints (return an effect that tells people):\n%s\n' "$library" "$prints"
    [ -n "$state" ] && status=1 &&
      printf '%s: mutable or lazily built globals (make them constexpr, or part of the state):\n%s\n' \
        "$library" "$state"
  done
  [ $status = 0 ] && echo "purity: ok ($# libraries)"
  return $status
}

self_test() {
  local folder status=0 name
  folder=$(mktemp -d) && trap "rm -rf '$folder'" EXIT
  cd "$folder" || return 1
  echo '#include <chrono>
auto f() { return std::chrono::steady_clock::now(); }' >bad_clock.cc
  echo 'static int n = 0; int f() { return ++n; }' >bad_state.cc
  echo '#include <cstdlib>
char* f() { return getenv("X"); }' >bad_environment.cc
  echo '#include <cstdio>
void f() { puts("hello"); }' >bad_print.cc
  echo '#include <map>
const std::map<int, int>& f() { static const std::map<int, int> m{{1, 2}}; return m; }' >bad_lazy.cc
  echo '#include <map>
constexpr int table[] = {1, 2}; int f(int i) { std::map<int, int> m{{1, 2}}; return table[i] + m[i]; }' >good.cc
  for name in *.cc; do
    "${CXX:-g++}" -std=c++20 -c "$name" && ar rc "lib${name%.cc}.a" "${name%.cc}.o" || return 1
    check "lib${name%.cc}.a" >/dev/null
    case "$name:$?" in
      bad_*:1 | good.cc:0) ;;
      *) echo "self-test: wrong: $name"; status=1 ;;
    esac
  done
  [ $status = 0 ] && echo "purity self-test: ok"
  return $status
}

if [ "$1" = --self-test ]; then self_test; else check "$@"; fi
