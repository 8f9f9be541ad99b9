-- Every loader strategy loads the same objects on every database, in the order that was asked for.
require 'authors'
function shape(options)
  session:expunge_all()
  local words = {}
  for _, author in ipairs(Author.query:options(table.unpack(options)):order_by(Author.id):all()) do
    words[#words + 1] = shown(author, 'books') .. shown(author, 'tags') .. (author.card and author.card.name or '-')
  end
  return table.concat(words, ' ')
end
lazily = shape{}
print(lazily)
--> ann[a1 a2]ann[t1 t2]c1 ben[b1]ben[]- cat[]cat[]-
for _, name in ipairs{'lazyload', 'joinedload', 'subqueryload', 'selectinload'} do
  local load = db[name]
  print(name, shape{load(Author.books), load(Author.tags), load(Author.card)} == lazily)
end
--> lazyload	true
--> joinedload	true
--> subqueryload	true
--> selectinload	true
-- Two levels, with a limit below a joined collection, and of a key of two columns.
session:expunge_all()
for _, name in ipairs{'joinedload', 'subqueryload', 'selectinload'} do
  local load = db[name]
  local parts = {}
  for _, a in ipairs(Author.query:options(load(Author.books)[name](load(Author.books), Book.reviews)):order_by(Author.id):limit(2):all()) do
    for _, b in ipairs(a.books) do parts[#parts + 1] = shown(b, 'reviews') end
  end
  local places = {}
  for _, p in ipairs(Place.query:options(load(Place.houses)):order_by(Place.x, Place.y):all()) do places[#places + 1] = shown(p, 'houses') end
  print(name, table.concat(parts, ' '), table.concat(places, ' '))
  session:expunge_all()
end
--> joinedload	a1[r1 r2] a2[] b1[r3]	p11[h1 h2] p12[h3] p21[]
--> subqueryload	a1[r1 r2] a2[] b1[r3]	p11[h1 h2] p12[h3] p21[]
--> selectinload	a1[r1 r2] a2[] b1[r3]	p11[h1 h2] p12[h3] p21[]
-- contains_eager, raiseload, deferred columns.
for _, a in ipairs(Author.query:join(Author.books):filter(Book.name == 'a2'):options(db.contains_eager(Author.books)):populate_existing():all()) do print(shown(a, 'books')) end
session:expunge_all()
a = Author.query:options(db.raiseload(Author.books)):order_by(Author.id):first()
print(pcall(function() return #a.books end))
--> ann[a2]
--> false	InvalidRequestError: 'Author.books' is not available due to lazy='raise'
-->   load it with the query: query:options(db.selectinload(Author.books))
session:expunge_all()
a = Author.query:options(db.load_only(Author.id)):order_by(Author.id):first()
print(table.concat(moonbase.inspect(a).unloaded, ' '), a.name)
--> name books card tags	ann
-- To itself, as far down as it goes.
root = Node.query:filter_by{name = 'root'}:options(db.selectinload(Node.children):selectinload(Node.children)):one()
print(shown(root, 'children', 'children', 'children'))
--> root[n1[n11[n111]] n2[]]
session:rollback()
