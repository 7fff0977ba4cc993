#pragma once

namespace nightwatt::io_test {

// How often this process has synced a file so far: SQLite's calls come to us, because the program's
// own symbols go first. That a commit really reaches the disk is the one thing about it that no
// later read can show.
int syncs();

}  // namespace nightwatt::io_test
