#include "app/commands.h"

int main(int argc, char** argv) { return nightwatt::app::run_cli(argc, argv); }
