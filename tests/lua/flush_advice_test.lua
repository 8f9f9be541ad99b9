-- What a flush says where objects and rows cannot both have their way, and what each side of a cascade does.
require 'sent'
function state(x) return moonbase.inspect(x).state end
apps = 0
function fresh(declare)
  apps = apps + 1
  app = moonbase.App('advice' .. apps)
  app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
  db = moonbase.Database(app)
  session = db.session
  declare()
  db.create_all()
  db.clear_recorded_queries()
end
function key() return db.Column{db.Integer, primary_key = true} end
function text() return db.Column{db.String(20)} end
function ref(target, options)
  options = options or {}
  options[1], options[2] = db.Integer, options.ondelete and db.ForeignKey{target, ondelete = options.ondelete} or db.ForeignKey(target)
  options.ondelete = nil
  return db.Column(options)
end

-- --- a reference that must not be NULL, and whose object goes -------------------------------------------------
function shop(options)
  fresh(function()
    options[1] = 'Line'
    Order = db.Model 'Order' {id = key(), lines = db.relationship(options)}
    Line = db.Model 'Line' {id = key(), name = text(), order_id = ref('order.id', {nullable = false})}
  end)
  order = Order{lines = {Line{name = 'a'}, Line{name = 'b'}}}
  session:add(order)
  session:commit()
  line = order.lines[1]
end
shop{backref = 'order'}
session:delete(order)
session:flush()
--! IntegrityError: NOT NULL constraint failed: line.order_id
--!   while UPDATE of <Line 1> (id = 1, name = 'a')
--!   [SQL: UPDATE line SET order_id=? WHERE line.id = ?]
--!   [parameters: (NULL, 1)]
--!   Line.order_id must not be NULL, and <Line 1> was taken out of Order.lines: delete it, or give that relationship cascade = 'all, delete-orphan'
--!   nothing of this flush was kept; call db.session:rollback() to go on
session:rollback()
order.lines:remove(line)
session:flush()
--! IntegrityError: NOT NULL constraint failed: line.order_id
--!   while UPDATE of <Line 1> (id = 1, name = 'a')
--!   [SQL: UPDATE line SET order_id=? WHERE line.id = ?]
--!   [parameters: (NULL, 1)]
--!   Line.order_id must not be NULL, and <Line 1> was taken out of Order.lines: delete it, or give that relationship cascade = 'all, delete-orphan'
--!   nothing of this flush was kept; call db.session:rollback() to go on
session:rollback()
line.order = nil
session:flush()
--! IntegrityError: NOT NULL constraint failed: line.order_id
--!   while UPDATE of <Line 1> (id = 1)
--!   [SQL: UPDATE line SET order_id=? WHERE line.id = ?]
--!   [parameters: (NULL, 1)]
--!   Line.order_id must not be NULL, and <Line 1> was taken out of Order.lines: delete it, or give that relationship cascade = 'all, delete-orphan'
--!   nothing of this flush was kept; call db.session:rollback() to go on
session:rollback()
print(state(order), state(line), #order.lines, Line.query:count())
--> persistent	persistent	2	2
-- Only one side is declared: there is no list to be mended.
fresh(function()
  Order = db.Model 'Order' {id = key()}
  Line = db.Model 'Line' {id = key(), order_id = ref('order.id', {nullable = false}), order = db.relationship 'Order'}
end)
line = Line{order = Order{}}
session:add(line)
session:commit()
line.order = nil
session:flush()
--! IntegrityError: NOT NULL constraint failed: line.order_id
--!   while UPDATE of <Line 1> (id = 1)
--!   [SQL: UPDATE line SET order_id=? WHERE line.id = ?]
--!   [parameters: (NULL, 1)]
--!   Line.order_id must not be NULL: set order of <Line 1>, or its order_id
--!   nothing of this flush was kept; call db.session:rollback() to go on
session:rollback()

-- --- two owners, one of which leaves its rows to the database --------------------------------------------------
-- The database deletes what belongs to an article, unseen. What the author lets go of is written before:
-- the row must not lose its author, so who deletes both at once deletes the comments first.
fresh(function()
  Author = db.Model 'Author' {id = key(), comments = db.relationship{'Comment', backref = 'author'}}
  Article = db.Model 'Article' {
    id = key(), comments = db.relationship{'Comment', cascade = 'all, delete-orphan', passive_deletes = true, backref = 'article'},
  }
  Comment = db.Model 'Comment' {
    id = key(), author_id = ref('author.id', {nullable = false}), article_id = ref('article.id', {ondelete = 'CASCADE'}),
  }
end)
author, article = Author{}, Article{}
comment = Comment{author = author, article = article}
session:add(comment)
session:commit()
session:delete(article)
session:delete(author)
session:flush()
--! IntegrityError: NOT NULL constraint failed: comment.author_id
--!   while UPDATE of <Comment 1> (id = 1, article_id = 1)
--!   [SQL: UPDATE comment SET author_id=? WHERE comment.id = ?]
--!   [parameters: (NULL, 1)]
--!   Comment.author_id must not be NULL, and <Comment 1> was taken out of Author.comments: delete it, or give that relationship cascade = 'all, delete-orphan'
--!   nothing of this flush was kept; call db.session:rollback() to go on
session:rollback()
print(state(author), state(article), state(comment), Comment.query:count())
db.clear_recorded_queries()
for _, x in ipairs{article, comment, author} do session:delete(x) end
session:flush()
sql()
session:rollback()
-- So does one flush after the other.
session:delete(article)
session:flush()
session:delete(author)
session:commit()
print(Author.query:count(), Article.query:count(), Comment.query:count())
--> persistent	persistent	persistent	1
--> SELECT comment.id AS comment_id, comment.author_id AS comment_author_id, comment.article_id AS comment_article_id FROM comment WHERE comment.author_id = ?  [1]
--> DELETE FROM comment WHERE comment.id = ?  [1]
--> DELETE FROM article WHERE article.id = ?  [1]
--> DELETE FROM author WHERE author.id = ?  [1]
--> 0	0	0

-- --- a row that the database took, and gave back ---------------------------------------------------------------
article, author = Article{}, Author{}
session:add_all{article, author}
session:flush()
comment = Comment{author = author, article = article}
session:add(comment)
session:flush()
session:expire(article)
session:begin_nested()
session:delete(article)
session:flush()
session:refresh(comment)
--! InvalidRequestError: cannot refresh <Comment 1>: its row is not there any more
--postgresql! InvalidRequestError: cannot refresh <Comment 2>: its row is not there any more
session:rollback()
print(state(article), state(comment), comment.article == article, #article.comments)
session:rollback()
print(state(article), state(comment), Comment.query:count())
--> persistent	persistent	true	1
--> transient	transient	0

-- An object that was read after the savepoint, not added, stays in the session when all of it is undone; it
-- says that its row is gone.
article, author = Article{}, Author{}
session:add(Comment{author = author, article = article})
session:flush()
session:begin_nested()
comment = Comment.query:one()
session:expire(article)
session:delete(article)
session:flush()
session:expunge(comment)
session:rollback()
again = Comment.query:one()
print(rawequal(again, comment), state(comment), state(again), again.article == article)
session:rollback()
print(state(again), state(article))
--> false	detached	persistent	true
--> persistent	transient
print(again.author_id)
--! ObjectDeletedError
session:expunge(again)

-- --- linked, and never added ------------------------------------------------------------------------------------
function warned(f)
  for _, w in ipairs(moonbase.catch_warnings(f)) do print(w.message) end
end
fresh(function()
  Team = db.Model 'Team' {id = key(), players = db.relationship{'Player', cascade = 'none', back_populates = 'team'}}
  Player = db.Model 'Player' {
    id = key(), team_id = ref 'team.id', team = db.relationship{'Team', cascade = 'none', back_populates = 'players'},
    cups = db.relationship{'Cup', secondary = 'player_cup', cascade = 'none'},
  }
  Cup = db.Model 'Cup' {id = key()}
  db.Table{'player_cup', db.Column{'player_id', db.Integer, db.ForeignKey 'player.id'}, db.Column{'cup_id', db.Integer, db.ForeignKey 'cup.id'}}
end)
team, player = Team{}, Player{cups = {Cup{}}}
session:add(team)
team.players:append(player)
warned(function() session:flush() end)
sql()
session:add(Player{team = Team{}})
warned(function() session:flush() end)
sql()
session:add(player)
warned(function() session:flush() end)
sql()
session:rollback()
--> <Player (transient)> is linked by Team.players of <Team (pending)> but was never added to the session: it is not written
--> INSERT INTO team DEFAULT VALUES
--> <Team (transient)> is linked by Player.team of <Player (pending)> but was never added to the session: it is not written
--> INSERT INTO player (team_id) VALUES (?)  [NULL]
--> <Cup (transient)> is linked by Player.cups of <Player (pending)> but was never added to the session: it is not written
--> INSERT INTO player (team_id) VALUES (?)  [1]
-- 2.0's rule: what refers to an object of the session does not come in by that.
fresh(function()
  Team = db.Model 'Team' {id = key(), players = db.relationship{'Player', backref = 'team'}}
  Player = db.Model 'Player' {id = key(), team_id = ref 'team.id'}
end)
team = Team{}
session:add(team)
player = Player{team = team}
warned(function() session:commit() end)
print(state(player), Player.query:count())
--> <Player (transient)> is linked by Team.players of <Team (pending)> but was never added to the session: it is not written
--> transient	0

-- --- the cascade merge ------------------------------------------------------------------------------------------
for _, words in ipairs{'save-update, merge', 'save-update'} do
  fresh(function()
    Team = db.Model 'Team' {id = key(), name = text(), players = db.relationship{'Player', cascade = words}}
    Player = db.Model 'Player' {id = key(), name = text(), team_id = ref 'team.id'}
  end)
  session:add(Team{name = 'old', players = {Player{name = 'old'}}})
  session:commit()
  session:close()
  db.clear_recorded_queries()
  team = session:merge(Team{id = 1, name = 'new', players = {Player{id = 1, name = 'new'}, Player{name = 'added'}}})
  print(words .. ':', #session.new, #session.dirty)
  session:flush()
  sql()
  session:rollback()
end
--> save-update, merge:	1	2
--> SELECT team.id AS team_id, team.name AS team_name FROM team WHERE team.id = ?  [1]
--> SELECT player.id AS player_id, player.name AS player_name, player.team_id AS player_team_id FROM player WHERE player.id = ?  [1]
--> SELECT player.id AS player_id, player.name AS player_name, player.team_id AS player_team_id FROM player WHERE player.team_id = ?  [1]
--> UPDATE team SET name=? WHERE team.id = ?  [new, 1]
--> UPDATE player SET name=? WHERE player.id = ?  [new, 1]
--> INSERT INTO player (name, team_id) VALUES (?, ?)  [added, 1]
--> save-update:	0	1
--> SELECT team.id AS team_id, team.name AS team_name FROM team WHERE team.id = ?  [1]
--> UPDATE team SET name=? WHERE team.id = ?  [new, 1]

-- --- '*' for every strategy ---------------------------------------------------------------------------------------
fresh(function()
  Team = db.Model 'Team' {id = key(), players = db.relationship{'Player', backref = 'team', lazy = 'selectin'}}
  Player = db.Model 'Player' {id = key(), team_id = ref 'team.id', cups = db.relationship{'Cup', lazy = 'joined'}}
  Cup = db.Model 'Cup' {id = key(), player_id = ref 'player.id'}
end)
session:add(Team{players = {Player{cups = {Cup{}, Cup{}}}}})
session:commit()
for _, name in ipairs{'lazyload', 'joinedload', 'selectinload', 'subqueryload', 'immediateload', 'noload', 'raiseload'} do
  session:expunge_all()
  session:rollback()
  db.clear_recorded_queries()
  team = Team.query:options(db[name] '*'):one()
  local sent = #db.get_recorded_queries() - 1
  print(name, sent, pcall(function() return #team.players, #team.players == 0 and 0 or #team.players[1].cups end))
end
--> lazyload	1	true	1	2
--> joinedload	1	true	1	2
--> selectinload	3	true	1	2
--> subqueryload	3	true	1	2
--> immediateload	3	true	1	2
--> noload	1	true	0	0
--> raiseload	1	false	InvalidRequestError: 'Team.players' is not available due to lazy='raise'
-->   load it with the query: query:options(db.selectinload(Team.players))
-- sql_only: what the identity map has is given.
session:expunge_all()
player = Player.query:options(db.raiseload{'*', sql_only = true}):one()
print(player.team)
--! InvalidRequestError: 'Player.team' is not available due to lazy='raise_on_sql'
session:expunge_all()
team = Team.query:options(db.lazyload '*'):one()
player = Player.query:options(db.raiseload{'*', sql_only = true}):one()
print(rawequal(player.team, team), pcall(function() return #player.cups end))
--> true	false	InvalidRequestError: 'Player.cups' is not available due to lazy='raise_on_sql'
-->   load it with the query: query:options(db.selectinload(Player.cups))
-- Of one class only: what the players have is loaded as it was declared.
session:expunge_all()
team = Team.query:options(db.Load(Team):lazyload '*'):one()
db.clear_recorded_queries()
print(#team.players[1].cups, #db.get_recorded_queries())
--> 2	1
Team.query:options(db.Load(Player):lazyload '*'):all()
--! ArgumentError: an option of this query speaks of Player, and the query returns Team

-- --- a list that gets shorter under a loop that counts ---------------------------------------------------------------
session:expunge_all()
team = Team.query:one()
team.players = {Player{}, Player{}, Player{}, Player{}}
seen = {}
for i = 1, #team.players do
  local p = team.players[i]
  seen[i] = p and 'player' or 'nil'
  if p then team.players:remove(p) end
end
print(table.concat(seen, ' ', 1, 4), #team.players, team.players[99])
for _, p in ipairs(team.players:all()) do team.players:remove(p) end
print(#team.players)
--> player player nil nil	2	nil
--> 0
print(team.players[0])
--! IndexError: Team.players[0]: positions count from 1
session:rollback()
