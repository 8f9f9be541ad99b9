-- Pages of a query: paginate(query, session, options), loaded by bindings/lua_query_page.cc with the first page.
-- Two kinds. A numbered page knows its number and, unless `count = false`, how many there are. A page `after` (or
-- `before`) a cursor knows its neighbours: finding it costs the same wherever it lies.
local moonbase = require 'moonbase'
local raise, doc = moonbase.raise, moonbase.doc

local DEFAULT_PER_PAGE, DEFAULT_MAX_PER_PAGE = 20, 100

return function(keyset_page, keyset_token, in_keyset_order, count_rows)
  local make

  -- --- arguments --------------------------------------------------------------------------------
  local OPTIONS = {page = true, per_page = true, max_per_page = true, error_out = true, count = true,
                   after = true, before = true}

  local function check(options)
    if options ~= nil and type(options) ~= 'table' then
      raise('TypeError', 'paginate takes its options in braces', 'query:paginate{page = 2, per_page = 20}')
    end
    local given = {}
    for key, value in pairs(options or {}) do
      if not OPTIONS[key] then
        raise('TypeError', ("paginate has no option '%s'"):format(tostring(key)),
              'There are page, per_page, max_per_page, error_out, count, after and before.')
      end
      if value ~= moonbase.null then given[key] = value end
    end
    for _, key in ipairs{'page', 'per_page', 'max_per_page'} do
      local value = given[key]
      local is_absent = value == nil or (key == 'max_per_page' and value == false)
      if not is_absent and math.type(value) ~= 'integer' then
        raise('TypeError', ('paginate: %s is a whole number, got %s'):format(key, tostring(value)))
      end
    end
    for _, key in ipairs{'after', 'before'} do
      if given[key] ~= nil and type(given[key]) ~= 'string' then
        raise('TypeError', ('paginate: %s is a cursor, a text, got a %s'):format(key, type(given[key])),
              'Take it from a page: page.next_cursor, page.prev_cursor.')
      end
    end
    if given.after and given.before then raise('ArgumentError', 'paginate takes after or before, not both') end
    if given.page and (given.after or given.before) then
      raise('ArgumentError', 'paginate takes a page number or a cursor, not both')
    end
    return given
  end

  -- The option's number when it is at least 1; else NotFound or, with error_out = false, the default.
  local function at_least_one(given, name, value, default)
    if value >= 1 then return value end
    if given.error_out ~= false then
      raise('NotFound', ('there is no page: %s is %d, and counts from 1'):format(name, value))
    end
    return default
  end

  local function rows_per_page(given)
    local per_page, most = given.per_page or DEFAULT_PER_PAGE, given.max_per_page
    -- An explicit `max_per_page = false` (or null) is no limit.
    if most == nil then most = DEFAULT_MAX_PER_PAGE end
    if most then per_page = math.min(per_page, most) end
    return at_least_one(given, 'per_page', per_page, DEFAULT_PER_PAGE)
  end

  -- --- what a page knows -------------------------------------------------------------------------
  local Pagination, fields = {}, {}

  function fields.pages(page)
    if not page.total then return 0 end
    return (page.total + page.per_page - 1) // page.per_page
  end
  function fields.has_prev(page)
    if page._keyset then return page.prev_cursor ~= nil end
    return page.page > 1
  end
  function fields.has_next(page)
    if page._keyset then return page.next_cursor ~= nil end
    return page.page < page.pages
  end
  function fields.prev_num(page) return not page._keyset and page.has_prev and page.page - 1 or nil end
  function fields.next_num(page) return not page._keyset and page.has_next and page.page + 1 or nil end
  function fields.first(page)
    if page._keyset or #page.items == 0 then return not page._keyset and 0 or nil end
    return (page.page - 1) * page.per_page + 1
  end
  function fields.last(page)
    if page._keyset then return nil end
    return math.max(page.first, page.first + #page.items - 1)
  end
  -- The cursors of a numbered page are asked of the database when they are wanted.
  function fields.next_cursor(page)
    if page._keyset then return page._last end
    if #page.items < page.per_page or (page.total and not page.has_next) then return nil end
    local token, has_more = keyset_token(page._query, page._session, page.page * page.per_page)
    return has_more and token or nil
  end
  function fields.prev_cursor(page)
    if page._keyset then return page._first end
    if page.page == 1 or #page.items == 0 then return nil end
    return (keyset_token(page._query, page._session, (page.page - 1) * page.per_page + 1))
  end

  -- --- methods ----------------------------------------------------------------------------------
  local function neighbour(page, options, step)
    options = options or {}
    local error_out = options.error_out or false
    local function with(more)
      more.per_page, more.max_per_page, more.error_out, more.count = page.per_page, false, error_out, false
      local made = make(page._query, page._session, more)
      made.total = page.total
      return made
    end
    if not page._keyset then return with{page = page.page + step} end
    local cursor
    if step > 0 then cursor = page.next_cursor else cursor = page.prev_cursor end
    if cursor then return with{[step > 0 and 'after' or 'before'] = cursor} end
    if error_out then raise('NotFound', ('there is no %s page'):format(step > 0 and 'next' or 'previous')) end
  end

  function Pagination:next(options) return neighbour(self, options, 1) end
  function Pagination:prev(options) return neighbour(self, options, -1) end

  -- The numbers a row of links shows: the ends, what is around this page, and `false` for each gap.
  function Pagination:iter_pages(options)
    options = options or {}
    local left_edge, left_current = options.left_edge or 2, options.left_current or 2
    local right_current, right_edge = options.right_current or 4, options.right_edge or 2
    local pages_end = self.pages + 1
    local numbers, n = {}, 0
    local function add(first, past_last)
      for number = first, past_last - 1 do
        n = n + 1
        numbers[n] = number
      end
    end
    local function gap(from, to)
      if to > from then
        n = n + 1
        numbers[n] = false
      end
    end
    local left_end = math.min(1 + left_edge, pages_end)
    add(1, left_end)
    if left_end < pages_end then
      local middle = math.max(left_end, (self.page or 1) - left_current)
      local middle_end = math.min((self.page or 1) + right_current + 1, pages_end)
      gap(left_end, middle)
      add(middle, middle_end)
      if middle_end < pages_end then
        local right = math.max(middle_end, pages_end - right_edge)
        gap(middle_end, right)
        add(right, pages_end)
      end
    end
    local at = 0
    return function()
      at = at + 1
      return numbers[at]
    end
  end

  function Pagination:iter()
    local items, at = self.items, 0
    return function()
      at = at + 1
      return items[at]
    end
  end

  local docs = {
    next = 'next([{error_out = false}])  the next page; nil after the last page of a cursor, or NotFound with error_out = true',
    prev = 'prev([{error_out = false}])  the previous page; nil before the first page of a cursor, or NotFound with error_out = true',
    iter = 'iter()  for item in page:iter() do: the same as for item in page do',
    iter_pages = 'iter_pages{left_edge = 2, left_current = 2, right_current = 4, right_edge = 2}  the page '
      .. 'numbers for a row of links; false where numbers are left out: for n in page:iter_pages() do',
    items = 'items  what is on the page, a list',
    page = 'page  its number, from 1; nil for a page of a cursor',
    per_page = 'per_page  how many items a full page has',
    total = 'total  how many items all pages have; nil where they were not counted',
    pages = 'pages  how many pages there are; 0 where they were not counted',
    has_prev = 'has_prev  whether there is a page before it',
    has_next = 'has_next  whether there is a page after it',
    prev_num = 'prev_num  the number of the page before it, or nil',
    next_num = 'next_num  the number of the page after it, or nil',
    first = 'first  the position of its first item among all, from 1; 0 when there is none',
    last = 'last  the position of its last item among all',
    next_cursor = 'next_cursor  a text for paginate{after = …} that gives the page after it, or nil',
    prev_cursor = 'prev_cursor  a text for paginate{before = …} that gives the page before it, or nil',
  }
  for _, source in ipairs{fields, Pagination} do
    for key, fn in pairs(source) do doc(fn, docs[key]) end
  end

  -- --- the object -------------------------------------------------------------------------------
  local OWN = {items = true, page = true, per_page = true, total = true}

  local metatable = {
    __name = 'Pagination', __docs = docs,
    __doc = 'A page of a query: for item in page do, #page, page[1], page:next(), page:iter_pages().',
  }
  function metatable.__index(page, key)
    if fields[key] then return fields[key](page) end
    if Pagination[key] then return Pagination[key] end
    if math.type(key) == 'integer' then return page.items[key] end
    if OWN[key] or (type(key) == 'string' and key:sub(1, 1) == '_') then return nil end
    local names = {}
    for _, source in ipairs{OWN, fields, Pagination} do
      for name in pairs(source) do names[#names + 1] = name end
    end
    table.sort(names)
    moonbase._no_attribute('Pagination', key, names)
  end
  function metatable.__len(page) return #page.items end
  -- for item in page: where the loop is, is told by its last item; by a count when items repeat.
  function metatable.__call(page, _, item)
    if item == nil then page._at = 0 end
    local at = item ~= nil and page._positions[item] or page._at
    page._at = at + 1
    return page.items[at + 1]
  end
  function metatable.__tostring(page)
    local items = ('%d item%s'):format(#page.items, #page.items == 1 and '' or 's')
    if page._keyset then return ('<Pagination, %s, %d per page>'):format(items, page.per_page) end
    if not page.total then return ('<Pagination, page %d, %s>'):format(page.page, items) end
    return ('<Pagination, page %d of %d, %s of %d>'):format(page.page, page.pages, items, page.total)
  end

  local function new(page)
    local positions, is_unique = {}, true
    for i, item in ipairs(page.items) do
      is_unique = is_unique and positions[item] == nil
      positions[item] = i
    end
    page._positions = is_unique and positions or {}
    return setmetatable(page, metatable)
  end

  local function count(page)
    return count_rows(page._query:order_by(nil), page._session)
  end

  local function keyset(page, given)
    local backward = given.before ~= nil
    local cursor = given.after or given.before
    -- An empty cursor is the beginning, or the end.
    if cursor == '' then cursor = nil end
    local first, last, has_more
    page.items, first, last, has_more = keyset_page(page._query, page._session, page.per_page, cursor, backward)
    if #page.items == 0 and cursor and given.error_out ~= false then
      raise('NotFound', ('there is nothing %s the cursor'):format(backward and 'before' or 'after'))
    end
    page._keyset = true
    local has_prev, has_next = cursor ~= nil, has_more
    if backward then has_prev, has_next = has_more, cursor ~= nil end
    page._first, page._last = has_prev and first or nil, has_next and last or nil
    if given.count then page.total = count(page) end
    return new(page)
  end

  local function numbered(page, given)
    page.page = at_least_one(given, 'page', given.page or 1, 1)
    local query = in_keyset_order(page._query):limit(page.per_page):offset((page.page - 1) * page.per_page)
    if query.session then
      page.items = query:all()
    else
      page.items = page._session:scalars(query):unique():all()
    end
    if #page.items == 0 and page.page ~= 1 and given.error_out ~= false then
      raise('NotFound', ('there is no page %d'):format(page.page), 'With error_out = false the page is empty instead.')
    end
    if given.count ~= false then page.total = count(page) end
    return new(page)
  end

  function make(query, session, options)
    local given = check(options)
    local page = {_query = query, _session = session, per_page = rows_per_page(given)}
    if given.after or given.before then return keyset(page, given) end
    return numbered(page, given)
  end
  return make
end
