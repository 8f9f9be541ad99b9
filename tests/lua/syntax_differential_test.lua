-- Plain Lua means the same inside calls that are named like those that build queries: the programs
-- of support/random_programs.lua, each beside its twin with other names.
programs = require 'random_programs'
count, errors, difference = programs.compare(1, 3000)
print(count, difference)
--> 3000	nil
-- They do something, and most of them without an error.
print(errors < 2000, #programs.run(programs.program(7)) > 0)
--> true	true
