-- sql() prints the statements that were sent since the last call, with their values, without
-- transactions; the database needs RECORD_QUERIES.
local control = {BEGIN = true, COMMIT = true, ROLLBACK = true, SAVEPOINT = true, RELEASE = true}
function sql()
  for _, q in ipairs(db.get_recorded_queries()) do
    if not control[q.statement:match '^%u+'] then
      local values = {}
      for i, v in ipairs(q.parameters or {}) do values[i] = v == db.null and 'NULL' or tostring(v) end
      print((q.statement:gsub('%s+', ' ')) .. (values[1] and '  [' .. table.concat(values, ', ') .. ']' or ''))
    end
  end
  db.clear_recorded_queries()
end
