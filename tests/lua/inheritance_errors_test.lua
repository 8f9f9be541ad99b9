-- What is refused in a tree of classes, and what the messages say.
app = moonbase.App 'inheritance_errors'
app.config:update{SQLALCHEMY_DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)

Animal = db.Model 'Animal' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(40)},
  kind = db.Column{db.String(20)},
  __mapper_args__ = {polymorphic_on = 'kind', polymorphic_identity = 'animal'},
}
Cat = db.Model('Cat', Animal) {
  lives = db.Column{db.Integer},
  __mapper_args__ = {polymorphic_identity = 'cat'},
}
db.create_all()

-- ---- declarations ----
db.Model('Dog', Animal) {__mapper_args__ = {polymorphic_identity = 'cat'}}
--! ArgumentError: model Dog: the polymorphic_identity 'cat' is that of Cat
--!   each class of a tree has one of its own
db.Model('Dog', Animal) {__mapper_args__ = {polymorphic_identiti = 'dog'}}
--! TypeError: __mapper_args__ of Dog has no option 'polymorphic_identiti'; did you mean 'polymorphic_identity'?
db.Model('Dog', Animal) {__mapper_args__ = {polymorphic_on = 'name', polymorphic_identity = 'dog'}}
--! ArgumentError: model Dog: polymorphic_on is said by the class at the top of the tree, Animal
--!   move it to __mapper_args__ of Animal
db.Model('Dog', Animal) {lives = db.Column{db.Integer}, __mapper_args__ = {polymorphic_identity = 'dog'}}
--! ArgumentError: model Dog: the column 'lives' conflicts with the column animal.lives, which is there already
--!   give it another name: lives = db.Column{'dog_lives', …}, or declare it once, in Animal
db.Model('Dog', Animal) {name = db.Column{db.Integer}, __mapper_args__ = {polymorphic_identity = 'dog'}}
--! ArgumentError: model Dog: the column 'name' conflicts with the column animal.name, which is there already
--!   give it another name: name = db.Column{'dog_name', …}, or declare it once, in Animal
db.Model('Dog', Animal, Cat) {}
--! ArgumentError: model Dog inherits from two mapped classes, Animal and Cat
--!   inherit from one of them, and share the rest through a plain table (a mixin)
db.Model('Dog', Animal) {__table_args__ = {db.UniqueConstraint{'name'}}, __mapper_args__ = {polymorphic_identity = 'dog'}}
--! ArgumentError: model Dog shares the table of Animal, and cannot give it __table_args__
--!   say them in Animal, or give the class a __tablename__ and a key
db.Model 'Plant' {id = db.Column{db.Integer, primary_key = true}, __mapper_args__ = {polymorphic_identity = 'x'}}
--! ArgumentError: model Plant has a polymorphic_identity, and no column says the class of a row
--!   name it in the class at the top: __mapper_args__ = {polymorphic_on = 'type', polymorphic_identity = …}
db.Model 'Plant' {id = db.Column{db.Integer, primary_key = true}, __mapper_args__ = {polymorphic_on = 'ids'}}
--! ArgumentError: model Plant: polymorphic_on names 'ids', which is no column of it; did you mean 'id'?
--!   declare it: type = db.Column{db.String(20)}
db.Model('Dog', Animal) {__tablename__ = 'dog', id = db.Column{db.Integer, primary_key = true}, __mapper_args__ = {polymorphic_identity = 'dog'}}
--! NoForeignKeysError: model Dog inherits from Animal, and its table 'dog' has no foreign key to 'animal'
--!   give it one: id = db.Column{db.Integer, db.ForeignKey 'animal.id', primary_key = true}; without a __tablename__ and a key of its own the class shares the table
-- nothing of these is left behind
for _, c in ipairs(Animal.__table__.columns) do print(c.name) end
--> id
--> name
--> kind
--> lives
db.metadata.tables.dog.name()
--! KeyError: There is no table 'dog'
for _, w in ipairs(moonbase.catch_warnings(function() Bird = db.Model('Bird', Animal) {wings = db.Column{db.Integer}} end)) do print(w.message) end
--> model Bird has no polymorphic_identity, and the column 'kind' of Animal says the class of a row: its objects are not found again as what they are. Write __mapper_args__ = {polymorphic_identity = 'bird'}
print(Animal.query:count(), Cat.query:count(), Bird.query:count())
--> 0	0	0

-- ---- rows ----
db.session:execute(db.text "INSERT INTO animal (id, name, kind) VALUES (1, 'tom', 'cat'), (2, 'odd', 'yeti'), (3, 'nobody', NULL), (4, 'rex', 'animal')")
print(Animal.query:get(1))
--> <Cat 1>
Animal.query:get(2)
--! InvalidRequestError: the row of Animal 2 cannot become an object: animal.kind is 'yeti', and no class has that as its polymorphic_identity
--!   there are 'animal' (Animal), 'cat' (Cat)
Animal.query:get(3)
--! InvalidRequestError: the row of Animal 3 cannot become an object: animal.kind says its class, and is NULL
--!   it must be one of 'animal' (Animal), 'cat' (Cat)
Cat.query:from_statement(db.text "SELECT id, name, kind, lives FROM animal WHERE id = 4"):one()
--! InvalidRequestError: the row of Cat 4 cannot become an object: animal.kind is 'animal', which is Animal, and that is no Cat

-- ---- changing the class by hand ----
for _, w in ipairs(moonbase.catch_warnings(function()
  Animal.query:get(1).kind = 'animal'
  db.session:flush()
end)) do print(w.message) end
--> the kind of <Cat 1> is 'animal', and rows of Cat have 'cat': the row will not be read again as what the object is
db.session:rollback()

-- ---- looking at a tree ----
m = moonbase.inspect(Cat)
print(m.inherits, m.base_mapper, m.single, m.polymorphic_on, m.polymorphic_identity, m.polymorphic_map.cat)
--> <class Animal>	<class Animal>	true	kind	cat	<class Cat>
print(moonbase.inspect(Animal).polymorphic_map.cat, moonbase.inspect(Animal).inherits)
--> <class Cat>	nil

-- ---- classes that are read along ----
Shape = db.Model 'Shape' {
  id = db.Column{db.Integer, primary_key = true},
  kind = db.Column{db.String(20)},
  __mapper_args__ = {polymorphic_on = 'kind', polymorphic_identity = 'shape', with_polymorphic = {'Circel'}},
}
Circle = db.Model('Circle', Shape) {
  id = db.Column{db.Integer, db.ForeignKey 'shape.id', primary_key = true},
  radius = db.Column{db.Integer},
  __mapper_args__ = {polymorphic_identity = 'circle'},
}
Shape.query:all()
--! InvalidRequestError: __mapper_args__ of Shape: with_polymorphic names 'Circel', and no class of that name inherits from Shape; did you mean 'Circle'?
--!   declare it, or mend the name; '*' stands for all
Disc = db.Model('Circel', Circle) { __mapper_args__ = {polymorphic_identity = 'disc'} }
print(Shape.query)
--> SELECT shape.id AS shape_id, shape.kind AS shape_kind, circle.radius AS circle_radius
--> FROM shape LEFT OUTER JOIN circle ON shape.id = circle.id

-- ---- statements that write one table of several ----
db.create_all()
db.session:execute(db.insert(Circle):values{id = 1}:returning(Circle))
--! NotSupportedError: returning(Circle): a statement writes one table, and rows of Circle are in shape, circle
--!   return columns of the table that is written, and read the objects with a query
db.session:execute(db.update(Circle):values{radius = 1}:returning(Circle))
--! NotSupportedError: returning(Circle): a statement writes one table, and rows of Circle are in shape, circle
--!   return columns of the table that is written, and read the objects with a query
db.session:execute(db.delete(Circle):returning(Circle))
--! NotSupportedError: returning(Circle): a statement writes one table, and rows of Circle are in shape, circle
--!   return columns of the table that is written, and read the objects with a query
