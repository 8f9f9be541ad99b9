-- association_proxy: an attribute of the objects behind a relationship, seen as if it were the owner's own. Loaded by
-- bindings/lua_association.cc with the first proxy, which gives the functions that need the mapping.
local moonbase = require 'moonbase'
local raise, null = moonbase.raise, moonbase.null

-- relation_of(object or class attribute, name): the class behind it, its shape ('scalar', 'list', 'set', 'dict'), its name.
-- make_attribute(table): what User.keywords is; its methods are those of the table.
return function(relation_of, make_attribute)
  -- --- the view on an object --------------------------------------------------------------------------
  -- The state of a view: members() is the collection, attr the attribute, create(value) a new member.
  local state_of = setmetatable({}, {__mode = 'k'})

  local function stored(value)
    if value == null then return nil end
    return value
  end
  local function shown(member, attr)
    local value = member[attr]
    if value == nil then return null end
    return value
  end
  local function values(s)
    local list = {}
    for k, member in ipairs(s.members():all()) do list[k] = shown(member, s.attr) end
    return list
  end
  -- The first member that shows the value.
  local function find(s, value)
    if value == nil then value = null end
    for _, member in ipairs(s.members():all()) do
      if shown(member, s.attr) == value then return member end
    end
  end
  local function each_of(s, list)
    if state_of[list] then list = values(state_of[list]) end
    if type(list) ~= 'table' then
      raise('TypeError', ('%s takes a list of values, got %s'):format(s.name, math.type(list) or type(list)))
    end
    return ipairs(list)
  end
  local function no_such_value(s, value)
    raise('ValueError', ('remove: %s is not in %s'):format(tostring(value), s.name))
  end

  local common = {
    count = function(s) return s.members():count() end,
    clear = function(s) s.members():clear() end,
    contains = function(s, value) return find(s, value) ~= nil end,
    all = values,
    remove = function(s, value) s.members():remove(find(s, value) or no_such_value(s, value)) end,
  }
  local list_methods = setmetatable({
    append = function(s, value) s.members():append(s.create(stored(value))) end,
    insert = function(s, at, value) s.members():insert(at, s.create(stored(value))) end,
    pop = function(s, at) return s.members():pop(at)[s.attr] end,
    extend = function(s, list)
      for _, value in each_of(s, list) do s.members():append(s.create(stored(value))) end
    end,
  }, {__index = common})
  local set_methods
  set_methods = setmetatable({
    add = function(s, value)
      if not find(s, value) then s.members():add(s.create(stored(value))) end
    end,
    discard = function(s, value)
      local member = find(s, value)
      if member then s.members():discard(member) end
    end,
    pop = function(s) return s.members():pop()[s.attr] end,
    update = function(s, list)
      for _, value in each_of(s, list) do set_methods.add(s, value) end
    end,
  }, {__index = common})

  local dict_methods = {}
  function dict_methods.get(s, key, default)
    local member = s.members():get(key)
    if member == nil then return default end
    return member[s.attr]
  end
  function dict_methods.set(s, key, value)
    local members = s.members()
    local member = members:get(key)
    if value == nil then
      if member then members:remove(member) end
    elseif member then
      member[s.attr] = stored(value)
    else
      members[key] = s.create(stored(value), key)
    end
  end
  function dict_methods.contains(s, key) return s.members():contains(key) end
  function dict_methods.pop(s, ...)
    local member = s.members():pop(...)
    -- Without a member it is the default.
    if select('#', ...) > 1 and rawequal(member, select(2, ...)) then return member end
    return member[s.attr]
  end
  function dict_methods.keys(s) return s.members():keys() end
  function dict_methods.update(s, given)
    local names = {}
    for key in pairs(given) do names[#names + 1] = key end
    table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
    for _, key in ipairs(names) do dict_methods.set(s, key, given[key]) end
  end
  dict_methods.values, dict_methods.all, dict_methods.count, dict_methods.clear = values, values, common.count, common.clear

  local METHODS = {list = list_methods, set = set_methods, dict = dict_methods}
  local docs = {
    add = 'add(value)  make a member of this value, unless there is one',
    all = 'all()  the values, a list',
    append = 'append(value)  make a member of this value, at the end',
    clear = 'clear()  take all members out',
    contains = 'contains(value)  true when a member has this value; of a dict: this key',
    count = 'count()  how many members there are',
    discard = 'discard(value)  take the member with this value out, if there is one',
    extend = 'extend(list)  append each value of a list',
    get = 'get(key[, default])  the value under a key, or the default, or nil',
    insert = 'insert(position, value)  make a member of this value, before the one at the position',
    keys = 'keys()  the keys, a list',
    pop = 'pop([position])  take a member out and give its value: the last one of a list; of a dict pop(key[, default])',
    remove = 'remove(value)  take the member with this value out; ValueError when there is none',
    set = 'set(key, value)  the value under a key; nil takes the key out',
    update = 'update(values)  add each value of a list, or set each key of a table',
    values = 'values()  the values, a list',
  }

  for _, methods in ipairs{list_methods, set_methods, dict_methods, common} do
    for name, fn in pairs(methods) do moonbase.doc(fn, docs[name]) end
  end

  local made_for = {}  -- the name of a proxy and of a method -> what a view gives
  local function method_of(s, key)
    local method = METHODS[s.shape][key]
    if not method then return end
    local call = s.name .. ':' .. key
    if not made_for[call] then
      made_for[call] = moonbase.doc(function(view, ...)
        local own = state_of[view]
        if not own then raise('TypeError', ('methods take a colon: %s(…)'):format(call)) end
        return METHODS[own.shape][key](own, ...)
      end, docs[key])
    end
    return made_for[call]
  end

  local view_meta = {
    __name = 'AssociationProxy', __metatable = 'AssociationProxy', __docs = docs,
    __doc = "One attribute of the objects behind a relationship, as the owner's own list, set or dict.",
  }
  function view_meta.__index(view, key)
    local s = state_of[view]
    local method = type(key) == 'string' and method_of(s, key)
    if method then return method end
    if s.shape == 'dict' then return dict_methods.get(s, key) end
    if math.type(key) == 'integer' then
      s.read = s.read or s.members()  -- always the same one, which notices a change under ipairs
      local member = s.read[key]
      if member == nil then return nil end
      return shown(member, s.attr)
    end
    local names = {}
    for _, methods in ipairs{METHODS[s.shape], common} do
      for name in pairs(methods) do names[#names + 1] = name end
    end
    table.sort(names)
    moonbase._no_attribute(s.name, tostring(key), names)
  end
  function view_meta.__newindex(view, key, value)
    local s = state_of[view]
    if s.shape == 'dict' then return dict_methods.set(s, key, value) end
    local count = s.members():count()
    if s.shape == 'list' and key == count + 1 then return list_methods.append(s, value) end
    if s.shape == 'list' and math.type(key) == 'integer' and key >= 1 and key <= count then
      s.members()[key][s.attr] = stored(value)
      return
    end
    raise('IndexError', ('%s has no position %s to assign'):format(s.name, tostring(key)),
          s.shape == 'set' and 'It is a set: use :add(x) and :discard(x).' or 'Use :append(x), :insert(i, x) or :pop(i).')
  end
  function view_meta.__len(view) return state_of[view].members():count() end
  -- The values as they are at the start.
  function view_meta.__pairs(view)
    local s = state_of[view]
    if s.shape ~= 'dict' then return ipairs(values(s)) end
    local keys, list = s.members():keys(), values(s)
    local at = 0
    return function()
      at = at + 1
      return keys[at], list[at]
    end
  end
  function view_meta.__tostring(view)
    local s = state_of[view]
    return ('<%s.%s of %s>'):format(s.name, s.attr, tostring(s.members()))
  end

  -- --- what it is in a query --------------------------------------------------------------------------
  -- The relationship with the condition on the objects behind it.
  local function exists(p, ...)
    if p.shape == 'scalar' then return p.relationship:has(...) end
    return p.relationship:any(...)
  end
  local function inner(p) return p.class[p.attr] end
  local function inner_shape(p)
    local ok, _, shape = pcall(relation_of, inner(p))
    return ok and shape or nil
  end
  local attribute = {}
  function attribute.any(p, ...)
    local shape = inner_shape(p)
    if not shape then return exists(p, ...) end
    local far = inner(p)
    return exists(p, shape == 'scalar' and far:has(...) or shape ~= 'scalar' and far:any(...))
  end
  attribute.has = attribute.any
  function attribute.contains(p, value)
    local far, shape = inner(p), inner_shape(p)
    if shape and shape ~= 'scalar' then return exists(p, far:contains(value)) end
    return exists(p, far:eq(value))
  end
  function attribute.eq(p, value)
    if value ~= nil and value ~= null then return attribute.contains(p, value) end
    -- Nothing there, or nothing in what is there.
    return moonbase.or_(exists(p, inner(p):eq(nil)), moonbase.not_(exists(p)))
  end
  function attribute.ne(p, value) return exists(p, inner(p):ne(value)) end
  attribute.is_, attribute.is_not = attribute.eq, attribute.ne
  for _, name in ipairs{'lt', 'le', 'gt', 'ge', 'like', 'ilike', 'not_like', 'in_', 'not_in', 'between', 'startswith', 'endswith'} do
    attribute[name] = function(p, ...)
      if inner_shape(p) then
        raise('ArgumentError', ('%s.%s refers to objects, and has no %s()'):format(p.name, p.attr, name),
              'Compare a column: :any(Keyword.name:like …).')
      end
      local far = inner(p)
      return exists(p, far[name](far, ...))
    end
  end

  local attribute_docs = {
    any = 'any([condition…]) or has([condition…])  a condition: there is a member for which these hold',
    contains = 'contains(value)  a condition: a member has this value',
    eq = 'eq(value)  a condition: a member has this value; nil: none has any',
    ne = 'ne(value)  a condition: a member has another value',
  }
  local same = {has = true, is_ = true, is_not = true}  -- functions that have another name
  for name, fn in pairs(attribute) do
    local text = attribute_docs[name] or ('%s(…)  a condition: a member has a value for which %s holds, as of a column'):format(name, name)
    if not same[name] then moonbase.doc(fn, text) end
  end

  -- --- the declaration --------------------------------------------------------------------------------
  local function read_arguments(first, attr, options)
    local given = options or {}
    if type(first) == 'table' then given, first, attr = first, first[1], first[2] end
    if type(first) ~= 'string' or type(attr) ~= 'string' or type(given) ~= 'table' then
      raise('TypeError', 'association_proxy takes the name of a relationship and of an attribute of the class behind it',
            "keywords = db.association_proxy('user_keywords', 'keyword')")
    end
    for key in pairs(given) do
      if key ~= 1 and key ~= 2 and key ~= 'creator' and key ~= 'cascade_scalar_deletes' then
        raise('TypeError', ("association_proxy has no option '%s'"):format(tostring(key)),
              'There are creator and cascade_scalar_deletes.')
      end
    end
    return first, attr, given
  end

  return function(...)
    local target, attr, options = read_arguments(...)

    -- A new object behind the relationship, of a dict for its key.
    local function creator(class)
      return function(value, key)
        local made
        if not options.creator then
          made = class{[attr] = value}
        elseif key ~= nil then
          made = options.creator(key, value)
        else
          made = options.creator(value)
        end
        return made
      end
    end

    local function view(object)
      local class, shape, name = relation_of(object, target)
      local made = setmetatable({}, view_meta)
      state_of[made] = {
        object = object, members = function() return object[target] end,
        attr = attr, shape = shape, name = name, create = creator(class),
      }
      return made
    end

    local function get(object)
      local _, shape = relation_of(object, target)
      if shape ~= 'scalar' then return view(object) end
      local other = object[target]
      if other == nil then return nil end
      return other[attr]
    end

    local function set_scalar(object, class, value)
      local other = object[target]
      if other ~= nil then
        other[attr] = value
        if value == nil and options.cascade_scalar_deletes then object[target] = nil end
      elseif value ~= nil then
        object[target] = creator(class)(value)
      end
    end

    -- Members whose value stays are kept; what is new is made.
    local function set(object, given)
      local class, shape = relation_of(object, target)
      if shape == 'scalar' then return set_scalar(object, class, given) end
      local s = state_of[view(object)]
      if given ~= nil and state_of[given] and state_of[given].object == object then return end
      if shape == 'dict' then
        if type(given) ~= 'table' then raise('TypeError', s.name .. ' is a dict: assign a table of key = value') end
        for _, key in ipairs(s.members():keys()) do
          if given[key] == nil then s.members():pop(key) end
        end
        return dict_methods.update(s, given)
      end
      local there = s.members():all()
      local list = {}
      for _, value in each_of(s, given) do
        local kept
        for k, member in ipairs(there) do
          if shown(member, attr) == value then
            kept = table.remove(there, k)
            break
          end
        end
        list[#list + 1] = kept or s.create(stored(value))
      end
      object[target] = list
    end

    local function on_class(class)
      local relationship = class[target]
      local far, shape, name = relation_of(relationship)
      return make_attribute(setmetatable({relationship = relationship, class = far, shape = shape, name = name, attr = attr},
                                         {__index = attribute}))
    end
    return moonbase.hybrid_property{get, set = set, expr = on_class}
  end
end
