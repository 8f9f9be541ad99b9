-- The Chinook database as models: a shop for music, 11 tables. Attributes are written as in Lua, columns are named as in
-- the original. Returns the classes in an order in which each comes after those it refers to.
local function key(name) return db.Column{name, db.Integer, primary_key = true} end
local function reference(name, target, nullable)
  return db.Column{name, db.Integer, db.ForeignKey(target), nullable = nullable ~= false, index = true}
end
local function named(table_name, key_name)
  return {__tablename__ = table_name, id = key(key_name), name = db.Column{'Name', db.String(120)}}
end

Artist = db.Model 'Artist' (named('Artist', 'ArtistId'))
Artist.albums = db.relationship{'Album', backref = 'artist', order_by = 'title'}

Genre = db.Model 'Genre' (named('Genre', 'GenreId'))
MediaType = db.Model 'MediaType' (named('MediaType', 'MediaTypeId'))
Playlist = db.Model 'Playlist' (named('Playlist', 'PlaylistId'))
Playlist.entries = db.relationship{'PlaylistTrack', backref = 'playlist'}

Album = db.Model 'Album' {
  __tablename__ = 'Album',
  id = key 'AlbumId',
  title = db.Column{'Title', db.String(160), nullable = false},
  artist_id = reference('ArtistId', 'Artist.ArtistId', false),
  tracks = db.relationship{'Track', backref = 'album'},
}

Track = db.Model 'Track' {
  __tablename__ = 'Track',
  id = key 'TrackId',
  name = db.Column{'Name', db.String(200), nullable = false},
  album_id = reference('AlbumId', 'Album.AlbumId'),
  media_type_id = reference('MediaTypeId', 'MediaType.MediaTypeId', false),
  genre_id = reference('GenreId', 'Genre.GenreId'),
  composer = db.Column{'Composer', db.String(220)},
  milliseconds = db.Column{'Milliseconds', db.Integer, nullable = false},
  bytes = db.Column{'Bytes', db.Integer},
  unit_price = db.Column{'UnitPrice', db.Numeric(10, 2), nullable = false},
  genre = db.relationship{'Genre', backref = db.backref{'tracks', lazy = 'dynamic'}},
  media_type = db.relationship{'MediaType'},
  lines = db.relationship{'InvoiceLine', backref = 'track', lazy = 'dynamic'},
}

local function address(prefix)
  return {
    address = db.Column{prefix .. 'Address', db.String(70)},
    city = db.Column{prefix .. 'City', db.String(40)},
    state = db.Column{prefix .. 'State', db.String(40)},
    country = db.Column{prefix .. 'Country', db.String(40)},
    postal_code = db.Column{prefix .. 'PostalCode', db.String(10)},
  }
end
local Contact = {
  phone = db.Column{'Phone', db.String(24)},
  fax = db.Column{'Fax', db.String(24)},
}

Employee = db.Model('Employee', address '', Contact) {
  __tablename__ = 'Employee',
  id = key 'EmployeeId',
  last_name = db.Column{'LastName', db.String(20), nullable = false},
  first_name = db.Column{'FirstName', db.String(20), nullable = false},
  title = db.Column{'Title', db.String(30)},
  reports_to = reference('ReportsTo', 'Employee.EmployeeId'),
  birth_date = db.Column{'BirthDate', db.DateTime},
  hire_date = db.Column{'HireDate', db.DateTime},
  email = db.Column{'Email', db.String(60)},
  reports = db.relationship{'Employee', backref = 'manager', order_by = 'last_name'},
}
function Employee:__repr__() return ('<Employee %s %s>'):format(self.first_name, self.last_name) end

Customer = db.Model('Customer', address '', Contact) {
  __tablename__ = 'Customer',
  id = key 'CustomerId',
  first_name = db.Column{'FirstName', db.String(40), nullable = false},
  last_name = db.Column{'LastName', db.String(20), nullable = false},
  company = db.Column{'Company', db.String(80)},
  email = db.Column{'Email', db.String(60), nullable = false},
  support_rep_id = reference('SupportRepId', 'Employee.EmployeeId'),
  support_rep = db.relationship{'Employee', backref = 'customers'},
  invoices = db.relationship{'Invoice', backref = 'customer', order_by = 'date'},
}

Invoice = db.Model('Invoice', address 'Billing') {
  __tablename__ = 'Invoice',
  id = key 'InvoiceId',
  customer_id = reference('CustomerId', 'Customer.CustomerId', false),
  date = db.Column{'InvoiceDate', db.DateTime, nullable = false},
  total = db.Column{'Total', db.Numeric(10, 2), nullable = false},
  lines = db.relationship{'InvoiceLine', backref = 'invoice'},
}

InvoiceLine = db.Model 'InvoiceLine' {
  __tablename__ = 'InvoiceLine',
  id = key 'InvoiceLineId',
  invoice_id = reference('InvoiceId', 'Invoice.InvoiceId', false),
  track_id = reference('TrackId', 'Track.TrackId', false),
  unit_price = db.Column{'UnitPrice', db.Numeric(10, 2), nullable = false},
  quantity = db.Column{'Quantity', db.Integer, nullable = false},
}

PlaylistTrack = db.Model 'PlaylistTrack' {
  __tablename__ = 'PlaylistTrack',
  playlist_id = db.Column{'PlaylistId', db.Integer, db.ForeignKey 'Playlist.PlaylistId', primary_key = true},
  track_id = db.Column{'TrackId', db.Integer, db.ForeignKey 'Track.TrackId', primary_key = true},
  track = db.relationship{'Track', backref = 'entries'},
}

for _, class in ipairs{Artist, Genre, MediaType, Playlist, Album, Track} do
  local label = class == Album and 'title' or 'name'
  function class:__repr__() return ('<%s %s>'):format(class.__name__, self[label] or '') end
end
function Customer:__repr__() return ('<Customer %s %s>'):format(self.first_name, self.last_name) end

return {Artist, Genre, MediaType, Playlist, Employee, Album, Track, Customer, Invoice, InvoiceLine, PlaylistTrack}
