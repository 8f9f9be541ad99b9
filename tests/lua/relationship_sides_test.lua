-- The two sides of a relationship.
require 'relations'

-- --- both sides stay in step, and nothing is read for it --------------------------------------------------
start 'step'
Owner = db.Model 'Owner' {id = key(), name = text(), things = db.relationship{'Thing', back_populates = 'owner'}}
Thing = db.Model 'Thing' {id = key(), name = text(), owner_id = ref 'owner.id', owner = db.relationship{'Owner', back_populates = 'things'}}
link = db.Table{'link', db.Column{'red_id', db.Integer, db.ForeignKey 'red.id'}, db.Column{'blue_id', db.Integer, db.ForeignKey 'blue.id'}}
Red = db.Model 'Red' {id = key(), name = text(), blues = db.relationship{'Blue', secondary = link, back_populates = 'reds'}}
Blue = db.Model 'Blue' {id = key(), name = text(), reds = db.relationship{'Red', secondary = link, back_populates = 'blues'}}
Case = db.Model 'Case' {
  id = key(), name = text(), owner_id = ref 'owner.id',
  owner = db.relationship{'Owner', active_history = true, backref = 'cases'},
}
db.create_all()
o1, o2 = Owner{name = 'o1', things = {Thing{name = 'a'}, Thing{name = 'b'}}}, Owner{name = 'o2'}
r1, b1 = Red{name = 'r1', blues = {Blue{name = 'b1'}}}, nil
session:add_all{o1, o2, r1, Case{name = 'c', owner = o1}}
session:commit()
a = Thing.query:filter_by{name = 'a'}:one()
-- A move between parents whose collections were not read.
a.owner = o2
print(moonbase.inspect(o1).unloaded ~= nil, a.owner.name)
--> true	o2
session:flush()
names(o1.things) names(o2.things)
--> {b}
--> {a}
-- And by the collections.
o1.things:append(a)
names(o2.things) print(a.owner.name)
--> {}
--> o1
o1.things:remove(a)
print(a.owner)
--> nil
o1.things = {a}
print(#o1.things, a.owner.name)
--> 1	o1
session:commit()
print(Thing.query:filter(Thing.owner == nil):one().name)
--> b
-- Many to many, from both sides.
b1 = Blue.query:one()
r2, b2 = Red{name = 'r2'}, Blue{name = 'b2'}
b1.reds:append(r2)
r1.blues:append(b2)
names(r2.blues) names(b2.reds)
--> {b1}
--> {r1}
b1.reds:remove(r1)
session:add_all{r2, b2}
session:commit()
names(r1.blues) names(b1.reds) names(r2.blues)
--> {b2}
--> {r2}
--> {b1}
-- active_history reads what is replaced.
c = Case.query:one()
session:expire(c)
c.owner = o2
print(moonbase.inspect(c).attrs.owner.history.deleted[1].name)
--> o1
