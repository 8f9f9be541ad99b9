// What most files of this folder include, read once where there is no compiler cache.
#pragma once

#include "bindings/stack.h"
#include "orm/query/row_loader.h"
#include "orm/session/session.h"
