// What most tests include, read once where there is no compiler cache.
#pragma once

#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"
