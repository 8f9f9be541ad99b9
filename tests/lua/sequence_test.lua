-- A Sequence where there are none: the database numbers the column as if it were not there.
moonbase = require 'moonbase'
app = moonbase.App 'sequence'
app.config:update{DATABASE_URI = 'sqlite:///:memory:', RECORD_QUERIES = true}
db = moonbase.Database(app)
session = db.session
Order = db.Model 'Order' {
  id     = db.Column{db.Integer, db.Sequence{'order_id', start = 100}, primary_key = true},
  number = db.Column{db.Integer, default = db.Sequence 'order_number'},
}
db.create_all()
session:add_all{Order{}, Order{number = 4}}
session:commit()
for _, o in ipairs(Order.query:order_by(Order.id):all()) do print(o.id, o.number) end
--> 1	nil
--> 2	4
session:execute(db.insert(Order):values{number = 9})
session:bulk_insert(Order, {{number = 10}})
print(Order.query:count())
--> 4
print(tostring(db.CreateTable(Order.__table__):compile{dialect = 'postgresql'}))
--> CREATE TABLE "order" (
--> 	id INTEGER NOT NULL,
--> 	number INTEGER,
--> 	PRIMARY KEY (id)
--> )
print(#moonbase.inspect(db.engine):get_sequence_names())
--> 0
db.Sequence{}
--! TypeError: Sequence takes 1 positional argument, got 0
db.Sequence{'x', begin = 3}
--! TypeError: Sequence has no option 'begin'
