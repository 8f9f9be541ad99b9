-- statements(function) runs a function and prints the statements it sends, without transactions,
-- each on one line; returns what the function returns.
local function is_transaction(sql)
  return sql:match '^BEGIN' or sql:match '^COMMIT' or sql:match '^ROLLBACK' or sql:match 'SAVEPOINT'
end

return function(run)
  db.clear_recorded_queries()
  local result = run()
  local count = 0
  for _, query in ipairs(db.get_recorded_queries()) do
    if not is_transaction(query.statement) then
      count = count + 1
      print((query.statement:gsub('%s*\n%s*', ' ')))
    end
  end
  print(count .. (count == 1 and ' statement' or ' statements'))
  return result
end
