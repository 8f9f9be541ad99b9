-- The tour goes on after its line ran, and not after one that failed (shell/tour.h tells it which). Its
-- files are of no interest here.
tour = require 'moonbase.tour'
app, db = 'of the program', 'its database'
print((tour.start(function() end):match 'tour %d+/%d+: [^.]*'))
print(app.name, db.engine.url)
--> tour 1/14: An object is made by its class
--> tour	sqlite://

print(tour.after(tour.line(), true))
print(tour.line())
--> tour 1/14: still to type, or Enter: ada = User{username = 'ada', email = 'ada@example.com'}	true
--> ada = User{username = 'ada', email = 'ada@example.com'}

said, goes_on = tour.after(tour.line(), false)
print(said:match 'tour %d+/%d+', goes_on, tour.line())
--> tour 2/14	true	ada?

-- Without an outcome the line counts as done.
said = tour.after 'ada?'
print(said:match 'tour %d+/%d+', tour.stop(), app, db)
--> tour 3/14	The tour is over; your own names are back.	of the program	its database
