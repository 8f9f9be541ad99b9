// `moonbase new`: the folder of a new app, made of the templates in scripts/templates.
#pragma once

#include <string>

#include "shell/screen.h"

namespace moonbase::shell {

// Makes the folder `name` (a path; its last part names the app) and says what to do next. Throws
// base::Error for a name that is no name, for a folder that is not empty and for a file that cannot
// be written.
void make_project(Screen& screen, const std::string& name);

}  // namespace moonbase::shell
