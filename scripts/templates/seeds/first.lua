-- First data: `moonbase db create`, then `moonbase run seeds/first.lua`. Running it twice adds
-- nothing.
if not User.query:filter_by{username = 'ada'}:first() then
  local ada = User{username = 'ada', email = 'ada@example.com'}
  db.session:add(ada)
  db.session:add(Post{body = 'hello, world', author = ada})
  db.session:commit()
end
print('users: ' .. User.query:count() .. ', posts: ' .. Post.query:count())
