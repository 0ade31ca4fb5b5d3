-- PostgreSQL parses a table's CHECKs anew for every statement: they were a third of what a booking paid from a wallet cost. What a domain
-- demands, and the plan of a function, it keeps. So the tables that money is written to say what a column may hold by a domain, and what
-- columns owe each other by one CHECK of a function X_holds(row). On SQLite, which parses its schema once, the CHECKs stay as they are.
CREATE DOMAIN flag AS BIGINT CHECK (VALUE IN (0, 1));
CREATE DOMAIN positive AS BIGINT CHECK (VALUE >= 1);
CREATE DOMAIN not_negative AS BIGINT CHECK (VALUE >= 0);
