-- Prefix search and the order of names are by bytes, as on SQLite, whatever the collation of the database.
ALTER TABLE client ALTER COLUMN name_folded TYPE TEXT COLLATE "C";
ALTER TABLE client_term ALTER COLUMN term TYPE TEXT COLLATE "C";
