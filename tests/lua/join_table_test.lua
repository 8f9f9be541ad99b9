-- join in all its forms: what it is joined to, by which condition, and when that is not clear.
require 'selectables'
local check = require 'support.table'

-- --- join ---
check({
  { lua = "User.query:join(Post):filter_by{title = 'b1'}",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user JOIN post ON user.id = ' ..
      'post.user_id WHERE post.title = ?',
    params = {'b1'}, result = {'<User bob>'} },
  { lua = "User.query:join(Post, Post.id:eq(User.id)):order_by(User.id)",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user JOIN post ON post.id = ' ..
      'user.id ORDER BY user.id',
    params = {}, result = {'<User ada>', '<User bob>', '<User cyd>'} },
  { lua = "User.query:join(User.posts, Post.title:eq 'a2')",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user JOIN post ON user.id = ' ..
      'post.user_id AND post.title = ?',
    params = {'a2'}, result = {'<User ada>'} },
  { lua = "User.query:join(User.posts, Post.tags):filter(Tag.word:eq 'blue')",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user JOIN post ON user.id = ' ..
      'post.user_id JOIN post_tag AS post_tag_1 ON post.id = post_tag_1.post_id JOIN tag ' ..
      'ON tag.id = post_tag_1.tag_id WHERE tag.word = ?',
    params = {'blue'}, result = {'<User ada>'} },
  { lua = "User.query:join(User.posts):join(Post.tags):filter_by{word = 'blue'}",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user JOIN post ON user.id = ' ..
      'post.user_id JOIN post_tag AS post_tag_1 ON post.id = post_tag_1.post_id JOIN tag ' ..
      'ON tag.id = post_tag_1.tag_id WHERE tag.word = ?',
    params = {'blue'}, result = {'<User ada>'} },
  { lua = "User.query:join{Post, isouter = true}:filter(Post.id:is_(nil))",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user LEFT OUTER JOIN post ON ' ..
      'user.id = post.user_id WHERE post.id IS NULL',
    params = {}, result = {'<User cyd>'} },
  { only = 'sqlite', lua = "db.select(User.name, Post.title):join{Post, full = true}:order_by(User.id, Post.id)",
    sql =
      'SELECT user.name, post.title FROM user FULL OUTER JOIN post ON user.id = ' ..
      'post.user_id ORDER BY user.id, post.id',
    params = {},
    result = {{db.null, 'stray'}, {'ada', 'a1'}, {'ada', 'a2'}, {'bob', 'b1'}, {'cyd', db.null}} },
  { only = 'sqlite', lua = [[db.select(User.name, Post.title):outerjoin{User.posts, full = true}
             :order_by(User.id, Post.id)]],
    sql =
      'SELECT user.name, post.title FROM user FULL OUTER JOIN post ON user.id = ' ..
      'post.user_id ORDER BY user.id, post.id',
    params = {},
    result = {{db.null, 'stray'}, {'ada', 'a1'}, {'ada', 'a2'}, {'bob', 'b1'}, {'cyd', db.null}} },
  { lua = "db.select(Post.title, Tag.word):outerjoin(Post.tags):order_by(Post.id, Tag.id)",
    sql =
      'SELECT post.title, tag.word FROM post LEFT OUTER JOIN (post_tag AS post_tag_1 JOIN ' ..
      'tag ON tag.id = post_tag_1.tag_id) ON post.id = post_tag_1.post_id ORDER BY ' ..
      'post.id, tag.id',
    params = {},
    result = {{'a1', 'red'}, {'a1', 'blue'}, {'a2', db.null}, {'b1', 'red'}, {'stray', db.null}} },
  { lua = [[db.select(Post.title, Tag.word):outerjoin(Post.tags:and_(Tag.word:eq 'blue'))
             :order_by(Post.id)]],
    sql =
      'SELECT post.title, tag.word FROM post LEFT OUTER JOIN (post_tag AS post_tag_1 JOIN ' ..
      'tag ON tag.id = post_tag_1.tag_id AND tag.word = ?) ON post.id = post_tag_1.post_id ' ..
      'ORDER BY post.id',
    params = {'blue'},
    result = {{'a1', 'blue'}, {'a2', db.null}, {'b1', db.null}, {'stray', db.null}} },
  { lua = "db.select(User.name, db.func.count(Post.id)):join_from(User, Post):group_by(User.id):order_by(User.id)",
    sql =
      'SELECT user.name, count(post.id) AS count_1 FROM user JOIN post ON user.id = ' ..
      'post.user_id GROUP BY user.id ORDER BY user.id',
    params = {}, result = {{'ada', 2}, {'bob', 1}} },
  { lua = [[db.select(User.name, Post.title):outerjoin_from(User, Post,
             Post.user_id:eq(User.id)):order_by(User.id, Post.id)]],
    sql =
      'SELECT user.name, post.title FROM user LEFT OUTER JOIN post ON post.user_id = ' ..
      'user.id ORDER BY user.id, post.id',
    params = {}, result = {{'ada', 'a1'}, {'ada', 'a2'}, {'bob', 'b1'}, {'cyd', db.null}} },
  { lua = "db.select(User.name):join_from(User, User.posts):distinct():order_by(User.name)",
    sql = 'SELECT DISTINCT user.name FROM user JOIN post ON user.id = post.user_id ORDER BY user.name',
    params = {}, result = {{'ada'}, {'bob'}} },
  { lua = "db.select(db.func.count()):select_from(User, Tag)",
    sql = 'SELECT count(*) AS count_1 FROM user, tag',
    params = {}, result = {{6}} },
  { lua = "db.select(User.name, Tag.word):where(User.id:eq(1)):order_by(Tag.id)",
    sql = 'SELECT user.name, tag.word FROM user, tag WHERE user.id = ? ORDER BY tag.id',
    params = {1}, result = {{'ada', 'red'}, {'ada', 'blue'}} },
  { lua = [[db.select(User.name, Post.title, Tag.word):join(Post, User.posts)
             :where(Tag.id:eq(1)):order_by(Post.id)]],
    sql =
      'SELECT user.name, post.title, tag.word FROM user JOIN post ON user.id = ' ..
      'post.user_id, tag WHERE tag.id = ? ORDER BY post.id',
    params = {1}, result = {{'ada', 'a1', 'red'}, {'ada', 'a2', 'red'}, {'bob', 'b1', 'red'}} },
  { lua = "db.select(db.func.count()):select_from(db.join(User, Post))",
    sql = 'SELECT count(*) AS count_1 FROM user JOIN post ON user.id = post.user_id',
    params = {}, result = {{3}} },
  { lua = [[db.select(User.name, Post.title):select_from(db.outerjoin(User, Post, User.posts))
             :order_by(User.id, Post.id)]],
    sql =
      'SELECT user.name, post.title FROM user LEFT OUTER JOIN post ON user.id = ' ..
      'post.user_id ORDER BY user.id, post.id',
    params = {}, result = {{'ada', 'a1'}, {'ada', 'a2'}, {'bob', 'b1'}, {'cyd', db.null}} },
  { lua = "db.select(db.func.count()):select_from(db.join{User, Post, isouter = true})",
    sql = 'SELECT count(*) AS count_1 FROM user LEFT OUTER JOIN post ON user.id = post.user_id',
    params = {}, result = {{4}} },
  { lua = "db.select(User.name):join(User.__table__.metadata.tables.post)",
    sql = 'SELECT user.name FROM user JOIN post ON user.id = post.user_id',
    params = {}, result = {{'ada'}, {'ada'}, {'bob'}} },
  { lua = "Stop.query:join(Leg)",
    sql =
      'SELECT stop.id AS stop_id, stop.leg_line AS stop_leg_line, stop.leg_number AS ' ..
      'stop_leg_number FROM stop JOIN leg ON leg.line = stop.leg_line AND leg.number = ' ..
      'stop.leg_number',
    params = {}, result = {'<Stop 1>'} },
  { lua = "db.select(Stop.id, Leg.number):join_from(Leg, Stop)",
    sql =
      'SELECT stop.id, leg.number FROM leg JOIN stop ON leg.line = stop.leg_line AND ' ..
      'leg.number = stop.leg_number',
    params = {}, result = {{1, 2}} },
  { lua = [[s = db.select(Post.user_id, db.func.count():label 'n'):group_by(Post.user_id)
             :subquery 's'
           return db.select(User.name, s.c.n):join(s):order_by(User.id)]],
    sql =
      'SELECT user.name, s.n FROM user JOIN (SELECT post.user_id, count(*) AS n FROM post ' ..
      'GROUP BY post.user_id) AS s ON user.id = s.user_id ORDER BY user.id',
    params = {}, result = {{'ada', 2}, {'bob', 1}} },
  { lua = [[s = db.select(Post):where(Post.title:like 'a%'):subquery 's'
           return db.select(User.name, s.c.title):join(s):filter_by{title = 'a2'}]],
    sql =
      'SELECT user.name, s.title FROM user JOIN (SELECT post.id, post.title, post.user_id ' ..
      'FROM post WHERE post.title LIKE ?) AS s ON user.id = s.user_id WHERE s.title = ?',
    params = {'a%', 'a2'}, result = {{'ada', 'a2'}} },
  { lua = "User.query:join(Mail, Mail.from_id:eq(User.id)):filter(Mail.id:eq(2))",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user JOIN mail ON ' ..
      'mail.from_id = user.id WHERE mail.id = ?',
    params = {2}, result = {'<User bob>'} },
  { lua = "db.session:query(User, Tag):join(User.posts):filter(Tag.id:eq(1), Post.id:eq(3))",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name, tag.id AS tag_id, tag.word AS ' ..
      'tag_word FROM user JOIN post ON user.id = post.user_id, tag WHERE tag.id = ? AND ' ..
      'post.id = ?',
    params = {1, 3}, result = {{'<User bob>', '<Tag red>'}} },
  { lua = [[db.session:query(User, Tag):join(User.posts):join(Tag.posts:of_type(db.aliased(Post,
             'p2')))]],
    sql =
      'SELECT user.id AS user_id, user.name AS user_name, tag.id AS tag_id, tag.word AS ' ..
      'tag_word FROM tag JOIN post_tag AS post_tag_1 ON tag.id = post_tag_1.tag_id JOIN ' ..
      'post AS p2 ON p2.id = post_tag_1.post_id, user JOIN post ON user.id = post.user_id',
    params = {},
    result = {{'<User ada>', '<Tag red>'}, {'<User bob>', '<Tag red>'}, {'<User ada>', '<Tag blue>'}, {'<User bob>', '<Tag blue>'}} },
}, run_query)

-- --- joins that cannot be ---
check({
  { lua = "User.query:join(Tag)",
    error =
      "NoForeignKeysError: cannot join to 'tag': no foreign key leads from it to 'user', " ..
      "nor from there to it" },
  { lua = "User.query:join(Leg)",
    error =
      "NoForeignKeysError: cannot join to 'leg': no foreign key leads from it to 'user', " ..
      "nor from there to it" },
  { lua = "User.query:join(Mail)",
    error =
      "AmbiguousForeignKeysError: several foreign keys join 'user' and 'mail': user.id = " ..
      "mail.from_id; user.id = mail.to_id" },
  { lua = "Mail.query:join(User)",
    error =
      "AmbiguousForeignKeysError: several foreign keys join 'mail' and 'user': user.id = " ..
      "mail.from_id; user.id = mail.to_id" },
  { lua = "e2 = db.aliased(Employee, 'e2') return Employee.query:join(e2)",
    error =
      "AmbiguousForeignKeysError: several foreign keys join 'employee' and 'e2': " ..
      "employee.id = e2.boss_id; e2.id = employee.boss_id" },
  { lua = "db.session:query(User, Tag):join(post_tag, post_tag.c.tag_id:eq(Tag.id)):join(Post)",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name, tag.id AS tag_id, tag.word AS ' ..
      'tag_word FROM tag JOIN post_tag ON post_tag.tag_id = tag.id JOIN post ON post.id = ' ..
      'post_tag.post_id, user',
    params = {},
    result = {{'<User ada>', '<Tag red>'}, {'<User bob>', '<Tag red>'}, {'<User cyd>', '<Tag red>'}, {'<User ada>', '<Tag blue>'}, {'<User bob>', '<Tag blue>'}, {'<User cyd>', '<Tag blue>'}} },
  { lua = "db.session:query(User, Mail):join(Post, db.true_())",
    error =
      "InvalidRequestError: cannot tell which FROM clause 'post' is to be joined to: " ..
      "'user' or 'mail'" },
  { lua = "User.query:join(User.posts):join(User.posts)",
    error =
      'InvalidRequestError: Post is in the query already: joining it again needs an alias' },
  { lua = [[u2 = db.aliased(User, 'u2')
           return User.query:join(u2, u2.id:eq(1)):join(u2, u2.id:eq(2))]],
    error =
      "InvalidRequestError: 'u2' is in the query already: joining it again needs an alias" },
  { lua = "User.query:join(Post, User.query)",
    error = 'ArgumentError: join(): the expression is no condition but a value of type Integer' },
  { lua = "User.query:join(5)",
    error = 'ArgumentError: join takes a class, a relationship or a table, got number' },
  { lua = "User.query:join()",
    error = 'ArgumentError: join needs a class, a relationship or a table' },
  { lua = "User.query:join{}",
    error = 'ArgumentError: join needs a class, a relationship or a table' },
  { lua = "User.query:join{Post, outer = true}",
    error = "TypeError: join has no option 'outer'; did you mean 'isouter'?" },
  { lua = "User.query:join 'nam'",
    error = "InvalidRequestError: User has no attribute 'nam'; did you mean 'name'?" },
  { lua = "User.query:join 'name'",
    error = 'ArgumentError: join takes a relationship or a class, and name is a column' },
  { lua = "db.select(db.literal(1)):join(Post)",
    error = 'InvalidRequestError: join() has no left side: the query selects from no table' },
  { lua = "User.query:join(Tag.posts)",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM tag JOIN post_tag AS ' ..
      'post_tag_1 ON tag.id = post_tag_1.tag_id JOIN post ON post.id = post_tag_1.post_id, ' ..
      'user',
    params = {}, result = {'<User ada>', '<User bob>', '<User cyd>'} },
  { lua = "User.query:limit(1):join(Post)",
    error = 'InvalidRequestError: join() after limit() or offset() would come before the cut' },
  { lua = "db.select(User.name):join_from(User)",
    error = 'ArgumentError: join_from needs what to start from and what to join' },
  { lua = "db.select(User.name):join_from(5, Post)",
    error = 'ArgumentError: join_from takes a class, a table or a subquery, got number' },
  { lua = "db.select(User.name):select_from(User.query)",
    error = 'ArgumentError: select_from takes a class, a table or a subquery, got Query' },
  { lua = "db.select(User.name):select_from()",
    error = 'ArgumentError: select_from needs a class, a table or a subquery' },
  { lua = "User.query:join(Post):filter_by{nme = 1}",
    error = "InvalidRequestError: Post has no attribute 'nme'" },
  { lua = [[s = db.select(Post):subquery 's'
           return db.select(User.name):join(s):filter_by{titel = 'x'}]],
    error = "InvalidRequestError: s has no column 'titel'; did you mean 'title'?" },
  { lua = "db.join(User)",
    error = 'TypeError: join takes 2 to 3 positional arguments, got 1' },
  { lua = "db.join(User, Tag)",
    error =
      "NoForeignKeysError: cannot join to 'tag': no foreign key leads from it to 'user', " ..
      "nor from there to it" },
}, run_query)
