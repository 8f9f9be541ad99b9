-- The runner itself: what is printed, what fails, what steps share.
print('one', 2)
print 'second line'
--> one	2
--> second line

shared = 5
local gone = 1
print(shared)
--> 5

print(shared, gone)
--> 5	nil

error 'broken'
--! broken

error({})
--! table:

moonbase.raise('ArgumentError', 'the message', 'and the hint')
--! ArgumentError: the message
--!   and the hint

print 'multi\nline'
--> multi
--> line

assert(shared == 5)
