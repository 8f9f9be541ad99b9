-- The programs of syntax_differential_test.lua, many more of them.
programs = require 'random_programs'
count, errors, difference = programs.compare(3001, 63000)
print(count, difference)
--> 60000	nil
