-- association_proxy: an attribute of the objects behind a relationship, as the owner's own.
moonbase = require 'moonbase'
app = moonbase.App 'association'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
session = db.session
statements = require 'statements'
function names(list)
  local out = {}
  for _, x in pairs(list) do out[#out + 1] = tostring(x) end
  return '{' .. table.concat(out, ', ') .. '}'
end

-- --- lists ------------------------------------------------------------------------------------------
User = db.Model 'User' {
  id   = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(64)},
  user_keywords = db.relationship{'UserKeyword', backref = 'user', cascade = 'all', order_by = 'id'},
  keywords = db.association_proxy{'user_keywords', 'keyword', creator = function(keyword) return UserKeyword{keyword = keyword} end},
  words = db.association_proxy('user_keywords', 'word'),
  company = db.relationship 'Company',
  company_id = db.Column{db.Integer, db.ForeignKey 'company.id'},
  company_name = db.association_proxy('company', 'name'),
}
UserKeyword = db.Model 'UserKeyword' {
  id         = db.Column{db.Integer, primary_key = true},
  user_id    = db.Column{db.Integer, db.ForeignKey 'user.id'},
  keyword_id = db.Column{db.Integer, db.ForeignKey 'keyword.id'},
  word       = db.Column{db.String(20)},
  keyword    = db.relationship{'Keyword'},
}
Keyword = db.Model 'Keyword' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(64)}}
function Keyword:__repr__() return self.name end
Company = db.Model 'Company' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(64)}}
db.create_all()
u = User{name = 'u'}
red, blue = Keyword{name = 'red'}, Keyword{name = 'blue'}
u.keywords:append(red)
u.keywords:append(blue)
print(#u.keywords, u.keywords[1], u.keywords[-1], u.keywords[3], names(u.keywords), u.keywords:contains(red))
for i, keyword in ipairs(u.keywords) do print(i, keyword) end
--> 2	red	blue	nil	{red, blue}	true
--> 1	red
--> 2	blue
session:add(u)
session:commit()
print(#u.user_keywords, u.user_keywords[1].keyword, u.user_keywords[1].user.name)
--> 2	red	u
u.keywords:remove(red)
print(names(u.keywords), u.keywords:pop(), #u.keywords)
--> {blue}	blue	0
u.keywords:remove(red)
--! ValueError: remove: red is not in User.user_keywords
u.keywords:extend{red, blue}
u.keywords:insert(1, Keyword{name = 'green'})
print(names(u.keywords), names(u.keywords:all()), u.keywords:count())
--> {green, red, blue}	{green, red, blue}	3
-- What stays keeps its object; the rest is made.
first = u.user_keywords[1]
u.keywords = {blue, first.keyword}
print(names(u.keywords), first == u.user_keywords[2], #u.user_keywords)
--> {blue, green}	true	2
u.keywords = u.keywords
u.keywords = nil
--! TypeError: User.user_keywords takes a list of values, got nil
print(tostring(u.keywords))
--> <User.user_keywords.keyword of <User.user_keywords: 2 objects>>
u.keywords:appendd(red)
--! AttributeError: User.user_keywords has no attribute 'appendd'; did you mean 'append'?
u.keywords.append(red)
--! TypeError: methods take a colon: User.user_keywords:append(…)
u.keywords[9] = red
--! IndexError: User.user_keywords has no position 9 to assign
-- Without a creator the object is made of the value alone.
v = User{name = 'v', words = {'x', 'y'}}
v.words[#v.words + 1] = 'z'
v.words[1] = 'w'
print(names(v.words), v.user_keywords[3].word, v.words[4])
--> {w, y, z}	z	nil
w = User{name = 'w', words = {'w', db.null}}
print(w.words[1], w.words[2] == db.null, #w.words)
--> w	true	2
session:add_all{v, w}
statements(function() session:flush() end)
--> INSERT INTO keyword (name) VALUES (?)
--> INSERT INTO user (name, company_id) VALUES (?, ?)
--> UPDATE user_keyword SET user_id=? WHERE user_keyword.id = ?
--> INSERT INTO user_keyword (user_id, keyword_id, word) VALUES (?, ?, ?)
--> 4 statements

-- --- one object -------------------------------------------------------------------------------------
print(v.company_name)
--> nil
v.company_name = 'Acme'
print(v.company_name, v.company.name)
--> Acme	Acme
v.company_name = 'Moon'
print(v.company.name)
--> Moon
w.company_name = nil
print(w.company)
--> nil
session:commit()

-- --- in queries -------------------------------------------------------------------------------------
print(User.keywords, User.words)
print(User.query:filter(User.words:contains 'x'))
print(User.query:filter(User.keywords:contains(red)))
print(User.query:filter(User.keywords:any(Keyword.name:like 'b%')))
print(User.query:filter(User.company_name == 'Moon'))
print(User.query:filter(User.company_name == nil))
--> User.user_keywords.keyword	User.user_keywords.word
--> SELECT user.id AS user_id, user.name AS user_name, user.company_id AS user_company_id
--> FROM user
--> WHERE EXISTS (SELECT 1
--> FROM user_keyword
--> WHERE user.id = user_keyword.user_id AND user_keyword.word = ?)
--> SELECT user.id AS user_id, user.name AS user_name, user.company_id AS user_company_id
--> FROM user
--> WHERE EXISTS (SELECT 1
--> FROM user_keyword
--> WHERE user.id = user_keyword.user_id AND user_keyword.keyword_id = ?)
--> SELECT user.id AS user_id, user.name AS user_name, user.company_id AS user_company_id
--> FROM user
--> WHERE EXISTS (SELECT 1
--> FROM user_keyword
--> WHERE user.id = user_keyword.user_id AND EXISTS (SELECT 1
--> FROM keyword
--> WHERE keyword.id = user_keyword.keyword_id AND keyword.name LIKE ?))
--> SELECT user.id AS user_id, user.name AS user_name, user.company_id AS user_company_id
--> FROM user
--> WHERE EXISTS (SELECT 1
--> FROM company
--> WHERE company.id = user.company_id AND company.name = ?)
--> SELECT user.id AS user_id, user.name AS user_name, user.company_id AS user_company_id
--> FROM user
--> WHERE EXISTS (SELECT 1
--> FROM company
--> WHERE company.id = user.company_id AND company.name IS NULL) OR NOT EXISTS (SELECT 1
--> FROM company
--> WHERE company.id = user.company_id)
function list(query)
  local out = {}
  for _, x in ipairs(query:order_by(User.id):all()) do out[#out + 1] = x.name end
  return '{' .. table.concat(out, ', ') .. '}'
end
print(list(User.query:filter(User.words:contains 'w')), list(User.query:filter(User.words == 'y')))
print(list(User.query:filter(User.keywords:contains(blue))), list(User.query:filter(User.keywords:any{name = 'green'})))
print(list(User.query:filter(User.words > 'x')), list(User.query:filter(User.words:in_{'y', 'q'})))
print(list(User.query:filter(User.company_name == 'Moon')), list(User.query:filter(User.company_name ~= 'Moon')))
print(list(User.query:filter(User.company_name == nil)), list(User.query:filter_by{company_name = 'Moon'}))
print(list(User.query:filter(User.words:contains 'w' and not User.company_name:like 'M%')))
--> {v, w}	{v}
--> {u}	{u}
--> {v}	{v}
--> {v}	{}
--> {u, w}	{v}
--> {w}
other = db.aliased(User, 'other')
print(session:query(other.id):filter(other.company_name == 'Moon'))
--> SELECT other.id AS other_id
--> FROM user AS other
--> WHERE EXISTS (SELECT 1
--> FROM company
--> WHERE company.id = other.company_id AND company.name = ?)
User.query:filter(User.keywords:like 'x')
--! ArgumentError: User.user_keywords.keyword refers to objects, and has no like()

-- --- sets and dicts -----------------------------------------------------------------------------------
Page = db.Model 'Page' {
  id    = db.Column{db.Integer, primary_key = true},
  tag_objects = db.relationship{'Tag', collection_class = 'set', order_by = 'id'},
  tags  = db.association_proxy('tag_objects', 'name'),
  note_objects = db.relationship{'Note', collection_class = db.attribute_keyed_dict 'key', order_by = 'id'},
  notes = db.association_proxy('note_objects', 'text'),
  loud  = db.association_proxy{'note_objects', 'text', creator = function(key, text) return Note{key = key, text = text:upper()} end},
}
Tag = db.Model 'Tag' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(20)},
                      page_id = db.Column{db.Integer, db.ForeignKey 'page.id'}}
Note = db.Model 'Note' {id = db.Column{db.Integer, primary_key = true}, key = db.Column{db.String(20)}, text = db.Column{db.String(20)},
                        page_id = db.Column{db.Integer, db.ForeignKey 'page.id'}}
db.create_all()
p = Page{tags = {'a', 'b'}, notes = {color = 'red', size = 'small'}}
p.tags:add 'b'
p.tags:add 'c'
p.tags:discard 'x'
p.tags:discard 'a'
p.tags:update{'d', 'b'}
print(names(p.tags), #p.tags, p.tags:contains 'c', p.tags:contains 'a')
--> {b, c, d}	3	true	false
spare = Page{tags = {'a', 'b', 'c'}}
for _, name in ipairs(spare.tags) do spare.tags:remove(name) end
--! InvalidRequestError: Page.tag_objects of <Page (transient)> changed while a loop went over it
--!   go over a copy: for _, x in ipairs(u.tag_objects:all()) do … end
for _, name in ipairs(spare.tags:all()) do spare.tags:remove(name) end
print(#spare.tags)
--> 0
p.tags[1] = 'x'
--! IndexError: Page.tag_objects has no position 1 to assign
p.tags:remove 'a'
--! ValueError: remove: a is not in Page.tag_objects
print(p.notes.color, p.notes.weight, #p.notes)
--> red	nil	2
p.notes.color = 'blue'
p.notes.weight = 'heavy'
p.notes.size = nil
p.loud.sound = 'boom'
for key, text in pairs(p.notes) do print(key, text) end
print(p.notes:get('x', 'none'), p.notes:contains 'color', p.notes:pop 'sound', p.notes:pop('sound', 'gone'))
print(table.concat(p.notes:keys(), ' '), names(p.notes:values()))
--> color	blue
--> weight	heavy
--> sound	BOOM
--> none	true	BOOM	gone
--> color weight	{blue, heavy}
session:add(p)
session:commit()
p.notes = {color = 'green', age = 'old'}
p.tags = {'c', 'z'}
statements(function() session:flush() end)
print(names(p.tags), names(p.notes))
print(Page.query:filter(Page.notes:contains 'green'):count(), Page.query:filter(Page.tags == 'b'):count())
--> UPDATE tag SET page_id=? WHERE tag.id = ?
--> INSERT INTO tag (name, page_id) VALUES (?, ?)
--> 2 statements
--> {c, z}	{green, old}
--> 1	0

-- --- bad input ----------------------------------------------------------------------------------------
db.association_proxy 'x'
--! TypeError: association_proxy takes the name of a relationship and of an attribute of the class behind it
db.association_proxy{'x', 'y', creater = print}
--! TypeError: association_proxy has no option 'creater'
Odd = db.Model 'Odd' {id = db.Column{db.Integer, primary_key = true}, x = db.association_proxy('id', 'y')}
print(Odd{}.x)
--! ArgumentError: association_proxy takes a relationship and an attribute of the class behind it
