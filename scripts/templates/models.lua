-- Users, and the posts they write.
local moonbase = require 'moonbase'

User = db.Model 'User' {
  id            = db.Column{db.Integer, primary_key = true},
  username      = db.Column{db.String(64), index = true, unique = true},
  email         = db.Column{db.String(120), index = true, unique = true},
  password_hash = db.Column{db.String(128)},
  posts         = db.relationship{'Post', backref = 'author', lazy = 'dynamic'},
}
function User:__repr__() return ('<User %s>'):format(self.username) end

Post = db.Model 'Post' {
  id        = db.Column{db.Integer, primary_key = true},
  body      = db.Column{db.String(140)},
  timestamp = db.Column{db.DateTime, index = true, default = moonbase.datetime.utcnow},
  user_id   = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
function Post:__repr__() return ('<Post %s>'):format(self.body) end
