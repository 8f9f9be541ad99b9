// The main() of every test binary: compiled once, because Catch takes long to compile.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
