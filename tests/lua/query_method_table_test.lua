-- Methods of queries and statements beside joins, subqueries and unions: what each sends and what comes
-- back, with empty results, keys of two columns, aliases and classes that inherit.
require 'selectables'
local check = require 'support.table'
Animal = db.Model 'Animal' {
  id = db.Column{db.Integer, primary_key = true},
  kind = db.Column{db.String(10)},
  name = db.Column{db.String(20)},
  __mapper_args__ = {polymorphic_on = 'kind', polymorphic_identity = 'animal'},
}
function Animal:__repr__() return ('<%s %s>'):format(self.kind, self.name) end
Dog = db.Model('Dog', Animal) {
  id = db.Column{db.Integer, db.ForeignKey 'animal.id', primary_key = true},
  tricks = db.Column{db.Integer},
  __mapper_args__ = {polymorphic_identity = 'dog'},
}
db.create_all()
db.session:add_all{
  Animal{id = 1, name = 'tom'}, Dog{id = 2, name = 'rex', tricks = 3},
  Dog{id = 3, name = 'fly'}, Animal{id = 4, name = 'zoe'}}
db.session:commit()
query = function(...) return db.session:query(...) end

check({
  -- Which rows.
  { lua = "query(User.id):order_by(User.id):slice(2, 3)",
    sql = 'SELECT user.id AS user_id FROM user ORDER BY user.id  LIMIT ? OFFSET ?',
    result = {{2}, {3}} },
  { lua = "query(User.id):order_by(User.id):slice(2, 3):slice(2, 2)",
    sql = 'SELECT user.id AS user_id FROM user ORDER BY user.id  LIMIT ? OFFSET ?',
    result = {{3}} },
  { lua = "query(User.id):limit(0)",
    sql = 'SELECT user.id AS user_id FROM user  LIMIT ?',
    result = {} },
  { lua = "query(User.id):order_by(User.id):offset(9)",
    sql = 'SELECT user.id AS user_id FROM user ORDER BY user.id  LIMIT -1 OFFSET ?',
    result = {} },
  { lua = "query(User.id):order_by(User.id):limit(1):limit(2)",
    sql = 'SELECT user.id AS user_id FROM user ORDER BY user.id  LIMIT ?',
    result = {{1}, {2}} },
  { lua = "query(User.id):order_by(User.id):limit(1):limit(nil)",
    sql = 'SELECT user.id AS user_id FROM user ORDER BY user.id',
    result = {{1}, {2}, {3}} },
  { lua = "query(User.id):order_by(User.name:desc()):order_by(nil):order_by(User.id)",
    sql = 'SELECT user.id AS user_id FROM user ORDER BY user.id',
    result = {{1}, {2}, {3}} },
  { lua = "query(Post.user_id):distinct():order_by(Post.user_id)",
    sql = 'SELECT DISTINCT post.user_id AS post_user_id FROM post ORDER BY post.user_id',
    result = {{db.null}, {1}, {2}}, there = {result = {{1}, {2}, {db.null}}} },
  { lua = "query(Post.user_id, db.func.count()):group_by(Post.user_id):having(db.func.count():gt(1))",
    sql =
      'SELECT post.user_id AS post_user_id, count(*) AS count_1 FROM post GROUP BY ' ..
      'post.user_id HAVING count(*) > ?',
    result = {{1, 2}} },
  { lua = "query(User):filter_by{id = 2, name = 'bob'}",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ? AND ' ..
      'user.name = ?',
    result = {'<User bob>'} },
  { lua = "query(User):filter_by{name = db.null}",
    sql = 'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.name IS NULL',
    result = {} },
  { lua = "query(Leg):filter_by{line = 1, number = 2}",
    sql =
      'SELECT leg.line AS leg_line, leg.number AS leg_number FROM leg WHERE leg.line = ? AND ' ..
      'leg.number = ?',
    result = {'<Leg 1, 2>'} },
  { lua = "query(Stop):filter(db.tuple_(Stop.leg_line, Stop.leg_number):in_(db.select(Leg.line, Leg.number)))",
    sql =
      'SELECT stop.id AS stop_id, stop.leg_line AS stop_leg_line, stop.leg_number AS ' ..
      'stop_leg_number FROM stop WHERE (stop.leg_line, stop.leg_number) IN (SELECT leg.line, ' ..
      'leg.number FROM leg)',
    result = {'<Stop 1>'} },
  { lua = "query(Post):with_parent(db.session:get(User, 1)):order_by(Post.id)",
    sql =
      'SELECT post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id FROM ' ..
      'post WHERE post.user_id = ? ORDER BY post.id',
    result = {'<Post a1>', '<Post a2>'} },
  { lua = "query(Tag):with_parent(db.session:get(Post, 1), Post.tags):order_by(Tag.id)",
    sql =
      'SELECT tag.id AS tag_id, tag.word AS tag_word FROM tag, post_tag WHERE ? = ' ..
      'post_tag.post_id AND tag.id = post_tag.tag_id ORDER BY tag.id',
    result = {'<Tag red>', '<Tag blue>'} },
  { lua = "query(Post):filter(Post.author:eq(db.session:get(User, 2)))",
    sql =
      'SELECT post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id FROM ' ..
      'post WHERE post.user_id = ?',
    result = {'<Post b1>'} },
  { lua = "query(Post):filter(Post.author:eq(nil))",
    sql =
      'SELECT post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id FROM ' ..
      'post WHERE post.user_id IS NULL',
    result = {'<Post stray>'} },
  { lua = "query(Post):filter(Post.author:ne(db.session:get(User, 1))):order_by(Post.id)",
    sql =
      'SELECT post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id FROM ' ..
      'post WHERE post.user_id != ? OR post.user_id IS NULL ORDER BY post.id',
    result = {'<Post b1>', '<Post stray>'} },
  { lua = "query(User):filter(User.posts:any(Post.title:eq 'b1'))",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE EXISTS (SELECT 1 FROM ' ..
      'post WHERE user.id = post.user_id AND post.title = ?)',
    result = {'<User bob>'} },
  { lua = "query(User):filter(~User.posts:any())",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE NOT EXISTS (SELECT 1 ' ..
      'FROM post WHERE user.id = post.user_id)',
    result = {'<User cyd>'} },
  { lua = "query(Post):filter(Post.author:has{name = 'ada'}):order_by(Post.id)",
    sql =
      'SELECT post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id FROM ' ..
      'post WHERE EXISTS (SELECT 1 FROM user WHERE user.id = post.user_id AND user.name = ?) ' ..
      'ORDER BY post.id',
    result = {'<Post a1>', '<Post a2>'} },
  { lua = "query(Post):filter(Post.tags:contains(db.session:get(Tag, 2)))",
    sql =
      'SELECT post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id FROM ' ..
      'post WHERE EXISTS (SELECT 1 FROM tag, post_tag WHERE post.id = post_tag.post_id AND ' ..
      'tag.id = post_tag.tag_id AND tag.id = ?)',
    result = {'<Post a1>'} },
  { lua = "query(User):filter(User.id:eq(db.bindparam('n', db.Integer))):params{n = 3}",
    sql = 'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ?',
    result = {'<User cyd>'} },
  -- What a row is.
  { lua = "query(User.id, User.name):filter(User.id:eq(1))",
    sql = 'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ?',
    result = {{1, 'ada'}} },
  { lua = "query(User, Post):join(Post, Post.user_id:eq(User.id)):filter(Post.id:eq(3))",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name, post.id AS post_id, post.title AS ' ..
      'post_title, post.user_id AS post_user_id FROM user JOIN post ON post.user_id = user.id ' ..
      'WHERE post.id = ?',
    result = {{'<User bob>', '<Post b1>'}} },
  { lua = "query(db.Bundle('u', User.id, User.name), Post.id):join(User.posts):filter(Post.id:eq(3))",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name, post.id AS post_id FROM user JOIN ' ..
      'post ON user.id = post.user_id WHERE post.id = ?',
    result = {{{2, 'bob'}, 3}} },
  { lua = "query(User):tuples():filter(User.id:eq(1))",
    sql = 'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ?',
    result = {{'<User ada>'}} },
  { lua = "query(User.id):add_columns(User.name, db.literal(1):label 'one'):filter(User.id:eq(1))",
    sql = 'SELECT user.id AS user_id, user.name AS user_name, ? AS one FROM user WHERE user.id = ?',
    result = {{1, 'ada', 1}} },
  { lua = "query(User.id):add_column(User.name):filter(User.id:eq(1))",
    sql = 'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ?',
    result = {{1, 'ada'}} },
  { lua = "query(User):add_entity(Post):join(User.posts):filter(Post.id:eq(3))",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name, post.id AS post_id, post.title AS ' ..
      'post_title, post.user_id AS post_user_id FROM user JOIN post ON user.id = post.user_id ' ..
      'WHERE post.id = ?',
    result = {{'<User bob>', '<Post b1>'}} },
  { lua = "query(User):filter(User.id:gt(1)):with_entities(User.name):order_by(User.id)",
    sql = 'SELECT user.name AS user_name FROM user WHERE user.id > ? ORDER BY user.id',
    result = {{'bob'}, {'cyd'}} },
  { lua = "db.select(User):where(User.id:eq(1)):with_only_columns(db.func.count())",
    sql = 'SELECT count(*) AS count_1 FROM user WHERE user.id = ?',
    result = {{1}} },
  { lua = "query(User.name:label 'n', db.func.upper(User.name):label 'N'):order_by(db.desc 'n'):limit(1)",
    sql = 'SELECT user.name AS n, upper(user.name) AS "N" FROM user ORDER BY n DESC  LIMIT ?',
    result = {{'cyd', 'CYD'}} },
  { lua = "query(User):join(User.posts):filter_by{title = 'b1'}:reset_joinpoint():filter_by{name = 'bob'}",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user JOIN post ON user.id = ' ..
      'post.user_id WHERE post.title = ? AND user.name = ?',
    result = {'<User bob>'} },
  { lua = "query(User):filter(User.id:eq(1)).statement",
    sql = 'SELECT user.id, user.name FROM user WHERE user.id = ?',
    result = {{'<User ada>'}} },
  { lua = "query(User):filter(User.id:eq(1)):populate_existing():autoflush(false):execution_options{x = 1}",
    sql = 'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ?',
    result = {'<User ada>'} },
  { lua = "query(User.id):prefix_with('/* a */', '/* b */'):suffix_with '/* c */':filter(User.id:eq(1))",
    sql = 'SELECT /* a */ /* b */ user.id AS user_id FROM user WHERE user.id = ? /* c */',
    result = {{1}} },
  -- Aliases and classes that inherit.
  { lua = [[u = db.aliased(User, 'u')
           return query(u.name, db.func.count(Post.id)):outerjoin(u.posts):group_by(u.id):order_by(u.id)]],
    sql =
      'SELECT u.name AS u_name, count(post.id) AS count_1 FROM user AS u LEFT OUTER JOIN post ' ..
      'ON u.id = post.user_id GROUP BY u.id ORDER BY u.id',
    result = {{'ada', 2}, {'bob', 1}, {'cyd', 0}} },
  { lua = [[u = db.aliased(User)
           return query(User.name, u.name):filter(User.id:lt(u.id)):order_by(User.id, u.id)]],
    sql =
      'SELECT user.name AS user_name, user_1.name AS user_name FROM user, user AS user_1 WHERE ' ..
      'user.id < user_1.id ORDER BY user.id, user_1.id',
    result = {{'ada', 'bob'}, {'ada', 'cyd'}, {'bob', 'cyd'}} },
  { lua = "query(Animal):order_by(Animal.id)",
    sql =
      'SELECT animal.id AS animal_id, animal.kind AS animal_kind, animal.name AS animal_name ' ..
      'FROM animal ORDER BY animal.id',
    result = {'<animal tom>', '<dog rex>', '<dog fly>', '<animal zoe>'} },
  { lua = "query(Dog):filter(Dog.tricks:gt(1), Dog.name:like 'r%')",
    sql =
      'SELECT dog.id AS dog_id, animal.kind AS animal_kind, animal.name AS animal_name, ' ..
      'dog.tricks AS dog_tricks FROM animal JOIN dog ON animal.id = dog.id WHERE dog.tricks > ' ..
      '? AND animal.name LIKE ?',
    result = {'<dog rex>'} },
  { lua = "query(Dog.name, Dog.tricks):order_by(Dog.id)",
    sql =
      'SELECT animal.name AS animal_name, dog.tricks AS dog_tricks FROM animal JOIN dog ON ' ..
      'animal.id = dog.id ORDER BY dog.id',
    result = {{'rex', 3}, {'fly', db.null}} },
  { lua = "query(Dog):filter(Dog.tricks:is_(nil)):with_entities(Dog.id, Dog.name)",
    sql =
      'SELECT dog.id AS dog_id, animal.name AS animal_name FROM animal JOIN dog ON ' ..
      'animal.id = dog.id WHERE dog.tricks IS NULL',
    result = {{3, 'fly'}} },
  { lua = [[d = db.aliased(Dog, 'd')
           return query(Animal.name, d.name):filter(d.id:gt(Animal.id)):order_by(Animal.id, d.id)]],
    sql =
      'SELECT animal.name AS animal_name, d_animal.name AS d_animal_name FROM animal AS ' ..
      'd_animal JOIN dog AS d_dog ON d_animal.id = d_dog.id, animal WHERE d_dog.id > ' ..
      'animal.id ORDER BY animal.id, d_dog.id',
    result = {{'tom', 'rex'}, {'tom', 'fly'}, {'rex', 'fly'}} },
  { lua = "query(Animal.kind, db.func.count()):group_by(Animal.kind):order_by(Animal.kind)",
    sql =
      'SELECT animal.kind AS animal_kind, count(*) AS count_1 FROM animal GROUP BY animal.kind ' ..
      'ORDER BY animal.kind',
    result = {{'animal', 2}, {'dog', 2}} },
  { lua = "query(Animal):filter(Animal.id:in_(db.select(Dog.id))):order_by(Animal.id:desc())",
    sql =
      'SELECT animal.id AS animal_id, animal.kind AS animal_kind, animal.name AS animal_name ' ..
      'FROM animal WHERE animal.id IN (SELECT dog.id FROM animal JOIN dog ON animal.id = ' ..
      'dog.id) ORDER BY animal.id DESC',
    result = {'<dog fly>', '<dog rex>'} },
  { lua = [[s = db.select(Dog.name, Dog.tricks):subquery 's'
           return db.select(s.c.name):where(s.c.tricks:eq(3))]],
    sql =
      'SELECT s.name FROM (SELECT animal.name, dog.tricks FROM animal JOIN dog ON animal.id = ' ..
      'dog.id) AS s WHERE s.tricks = ?',
    result = {{'rex'}} },
  { lua = "query(db.exists(db.select(Dog.id):where(Dog.tricks:gt(5))))",
    sql =
      'SELECT EXISTS (SELECT dog.id FROM animal JOIN dog ON animal.id = dog.id WHERE ' ..
      'dog.tricks > ?) AS anon_1',
    result = {{false}} },
  { lua = "db.union(db.select(Animal.name), db.select(User.name)):order_by 'name':limit(2)",
    sql = 'SELECT animal.name FROM animal UNION SELECT user.name FROM user ORDER BY name  LIMIT ?',
    result = {{'ada'}, {'bob'}} },
  -- Statements that write; each is undone.
  { lua = "db.insert(Tag):values{word = 'new'}:returning(Tag.word)",
    sql = 'INSERT INTO tag (word) VALUES (?) RETURNING word',
    result = {{'new'}} },
  { lua = "db.insert(Tag):values{ {word = 'x'}, {word = 'y'} }:returning(Tag.word)",
    sql = 'INSERT INTO tag (word) VALUES (?), (?) RETURNING word',
    result = {{'x'}, {'y'}} },
  { lua = "db.insert(Tag):from_select({'id', 'word'}, db.select(User.id + 10, User.name)):returning(Tag.id)",
    sql = 'INSERT INTO tag (id, word) SELECT user.id + ? AS anon_1, user.name FROM user RETURNING id',
    result = {{11}, {12}, {13}} },
  { lua = [[db.insert(Tag):values{id = 1, word = 'pink'}:on_conflict_do_nothing{index_elements = {'id'}}
             :returning(Tag.word)]],
    sql = 'INSERT INTO tag (id, word) VALUES (?, ?) ON CONFLICT (id) DO NOTHING RETURNING word',
    result = {} },
  { lua = [[i = db.insert(Tag):values{id = 1, word = 'pink'}
           return i:on_conflict_do_update{index_elements = {'id'}, set_ = {word = i.excluded.word .. '!'}}
             :returning(Tag.id, Tag.word)]],
    sql =
      'INSERT INTO tag (id, word) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET word = ' ..
      '(excluded.word || ?) RETURNING id, word',
    result = {{1, 'pink!'}} },
  { lua = "db.update(Tag):where(Tag.id:eq(1)):values{word = Tag.word .. '?'}:returning(Tag.word)",
    sql = 'UPDATE tag SET word=(tag.word || ?) WHERE tag.id = ? RETURNING word',
    result = {{'red?'}} },
  { lua = "db.update(Tag):where(Tag.id:eq(9)):values{word = nil}:returning(Tag.word)",
    sql = 'UPDATE tag SET word=? WHERE tag.id = ? RETURNING word',
    result = {} },
  { lua = "db.delete(Mail):where(Mail.to_id:eq(2)):returning(Mail.id)",
    sql = 'DELETE FROM mail WHERE mail.to_id = ? RETURNING id',
    result = {{1}} },
  { lua = "db.delete(Stop):where(Stop.leg_line:eq(Leg.line), Leg.number:eq(2)):returning(Stop.id)",
    sql =
      'DELETE FROM stop WHERE EXISTS (SELECT 1 FROM leg WHERE stop.leg_line = leg.line AND ' ..
      'leg.number = ?) RETURNING id',
    result = {{1}} },
  -- Columns of an alias of a class with two tables are read from both.
  { lua = [[d = db.aliased(Dog, 'd')
           return query(d.name):order_by(d.id)]],
    sql =
      'SELECT d_animal.name AS d_animal_name FROM animal AS d_animal JOIN dog AS d_dog ON ' ..
      'd_animal.id = d_dog.id ORDER BY d_dog.id',
    result = {{'rex'}, {'fly'}} },
  { lua = [[d = db.aliased(Dog, 'd')
           return query(d.name, d.tricks):filter(d.tricks:gt(1))]],
    sql =
      'SELECT d_animal.name AS d_animal_name, d_dog.tricks AS d_dog_tricks FROM animal AS ' ..
      'd_animal JOIN dog AS d_dog ON d_animal.id = d_dog.id WHERE d_dog.tricks > ?',
    result = {{'rex', 3}} },
  { lua = [[d = db.aliased(Dog, 'd')
           return db.select(Animal.name, d.name):join(d, d.id:gt(Animal.id)):order_by(Animal.id, d.id)]],
    sql =
      'SELECT animal.name, d_animal.name AS name_1 FROM animal JOIN (animal AS d_animal JOIN ' ..
      'dog AS d_dog ON d_animal.id = d_dog.id) ON d_dog.id > animal.id ORDER BY animal.id, ' ..
      'd_dog.id',
    result = {{'tom', 'rex'}, {'tom', 'fly'}, {'rex', 'fly'}} },
  { lua = [[d = db.aliased(Dog, 'd')
           return query(Animal.name):filter(Animal.id:in_(db.select(d.id):where(d.tricks:is_(nil))))]],
    sql =
      'SELECT animal.name AS animal_name FROM animal WHERE animal.id IN (SELECT d_dog.id ' ..
      'FROM animal AS d_animal JOIN dog AS d_dog ON d_animal.id = d_dog.id WHERE d_dog.tricks ' ..
      'IS NULL)',
    result = {{'fly'}} },
  { lua = "query(Dog.name:label 'n', Dog.id:label 'i'):order_by(db.desc 'i')",
    sql =
      'SELECT animal.name AS n, dog.id AS i FROM animal JOIN dog ON animal.id = dog.id ' ..
      'ORDER BY i DESC',
    result = {{'fly', 3}, {'rex', 2}} },
  { lua = [[d = db.aliased(Dog, 'd')
           return query(d.name:label 'n'):order_by 'n']],
    sql =
      'SELECT d_animal.name AS n FROM animal AS d_animal JOIN dog AS d_dog ON d_animal.id = ' ..
      'd_dog.id ORDER BY n',
    result = {{'fly'}, {'rex'}} },
  -- Compounds give plain columns, legacy queries what their items are.
  { lua = [[one = db.select(db.Bundle('u', User.id, User.name)):where(User.id:eq(1))
           two = db.select(db.Bundle('u', User.id, User.name)):where(User.id:eq(2))
           return db.union(one, two):order_by 'id']],
    sql =
      'SELECT user.id, user.name FROM user WHERE user.id = ? UNION SELECT user.id, user.name ' ..
      'FROM user WHERE user.id = ? ORDER BY id',
    result = {{1, 'ada'}, {2, 'bob'}} },
  { lua = [[one = query(db.Bundle('u', User.id, User.name)):filter(User.id:eq(1))
           return one:union(query(db.Bundle('u', User.id, User.name)):filter(User.id:eq(2)))]],
    sql =
      'SELECT anon_1.id AS anon_id, anon_1.name AS anon_name FROM (SELECT user.id, user.name ' ..
      'FROM user WHERE user.id = ? UNION SELECT user.id, user.name FROM user WHERE user.id = ' ..
      '?) AS anon_1',
    result = {{{1, 'ada'}}, {{2, 'bob'}}} },
  { lua = "db.select(User):from_statement(db.union(db.select(User), db.select(User)):order_by(User.id))",
    sql = 'SELECT user.id, user.name FROM user UNION SELECT user.id, user.name FROM user ORDER BY id',
    result = {{'<User ada>'}, {'<User bob>'}, {'<User cyd>'}} },
  -- What is no argument of a method is refused, not lost.
  { lua = "query(User):first(User.id:eq(1))", error = 'TypeError: first() takes no arguments, got' },
  { lua = "query(User):all{id = 1}", error = 'TypeError: all() takes no arguments, got table' },
  { lua = "query(User):one(1)", error = 'TypeError: one() takes no arguments, got number' },
  { lua = "query(User):one_or_none(1)", error = 'TypeError: one_or_none() takes no arguments, got number' },
  { lua = "query(User):scalar(User.id)", error = 'TypeError: scalar() takes no arguments, got' },
  { lua = "query(User):count(User.id)", error = 'TypeError: count() takes no arguments, got' },
  { lua = "query(User):exists(User.id:eq(1))", error = 'TypeError: exists() takes no arguments, got' },
  { lua = "db.select(User.id):scalar_subquery 'x'",
    error = 'TypeError: scalar_subquery() takes no arguments, got string' },
  { lua = "query(User):delete{User.id:eq(1)}",
    error = 'TypeError: delete() takes options by name, and no conditions' },
  { lua = "query(User):update({name = 'x'}, {User.id:eq(1)})",
    error = 'TypeError: update() takes options by name, and no conditions' },
  { lua = "db.delete(User):where{}", error = 'ArgumentError: where{} names no condition' },
  { lua = "db.update(User):where{nil}:values{name = 'x'}",
    error = 'ArgumentError: where{} names no condition' },
  { lua = "query(User):order_by{name = 'desc'}",
    error = 'TypeError: order_by and group_by take columns in a row, not by name' },
  { lua = "query(User):group_by{id = true}",
    error = 'TypeError: order_by and group_by take columns in a row, not by name' },
  { lua = "query(User):execution_options{'x'}", error = 'TypeError: execution_options takes options by name' },
  { lua = "db.paginate(db.null)", error = 'TypeError: paginate takes a select' },
  { lua = "query(User):limit(-1)", error = 'ArgumentError' },
  { lua = "query(User):slice(0, 1)",
    error = 'IndexError: slice takes the first and the last position, counted from 1' },
  { lua = "query(Leg):get(1)", error = 'InvalidRequestError: Leg has a key of 2 columns' },
  { lua = "db.union(db.select(User.id), db.select(User.id)):with_for_update()",
    error = 'InvalidRequestError: with_for_update(): a union and the like' },
  { lua = "db.union(db.select(User.id), db.select(User.id)):correlate(Post)",
    error = 'InvalidRequestError: correlate(): a union and the like take' },
}, function(x)
  local rows = run_query(x)
  db.session:rollback()
  return rows
end)
