-- Users and posts for the microblog: the same ones every time. What is there already is left alone,
-- so running it twice adds nothing. `moonbase run scripts/seeds/microblog.lua`
local moonbase = require 'moonbase'

local people = {
  {
    username = 'grace', email = 'grace@example.com',
    posts = {'the first bug was a moth', 'a ship in port is safe'},
  },
  {
    username = 'katherine', email = 'katherine@example.com',
    posts = {'checked the trajectory by hand', 'the numbers agree', 'splashdown where I said'},
  },
  {
    username = 'margaret', email = 'margaret@example.com',
    posts = {'alarm 1202 again', 'the stack of listings is as tall as I am'},
  },
  {username = 'neil', email = 'neil@example.com', posts = {'a small step'}},
  {username = 'mike', email = 'mike@example.com', posts = {}},
}

local hour = moonbase.timedelta{hours = 1}
local time = moonbase.datetime(1969, 7, 20, 12, 0)

db.create_all()
for _, person in ipairs(people) do
  local user = User.query:filter_by{username = person.username}:first()
  if not user then
    user = User{username = person.username, email = person.email}
    db.session:add(user)
  end
  for _, body in ipairs(person.posts) do
    time = time + hour
    if user.posts:filter_by{body = body}:count() == 0 then
      db.session:add(Post{body = body, timestamp = time, author = user})
    end
  end
end
db.session:commit()
