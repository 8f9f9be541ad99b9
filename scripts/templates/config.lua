-- Names in capitals are the config. The prefix SQLALCHEMY_ may be left out.
SQLALCHEMY_DATABASE_URI = os.getenv 'DATABASE_URL' or 'sqlite:///{{name}}.db'
SQLALCHEMY_ECHO = false
