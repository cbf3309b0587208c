-- The two logins and the database, made by a superuser (or a role with CREATEROLE and CREATEDB). What
-- is there already stays as it is, its password as well; so a run that was cut off is repeated:
--
--   SECRETS=/etc/gongzhang/secrets psql -f ops/deploy/roles.sql "postgresql://postgres@/postgres"
--
-- gongzhang_admin migrates and backs up; gongzhang_app serves and cannot change what is booked. The
-- passwords come from the files that make-secrets.sh made, or from ADMIN_PASSWORD and APP_PASSWORD
-- where the user of psql may not read those files; no command line shows them.
\set ON_ERROR_STOP on
\set admin_password `printf %s "${ADMIN_PASSWORD:-$(cat "${SECRETS:-/run/secrets}/admin-password")}"`
\set app_password `printf %s "${APP_PASSWORD:-$(cat "${SECRETS:-/run/secrets}/app-password")}"`
SET password_encryption = 'scram-sha-256';
SELECT rolsuper AS is_superuser FROM pg_roles WHERE rolname = current_user \gset
\if :is_superuser
SET log_statement = 'none';
\endif
SELECT :'admin_password' <> '' AND :'app_password' <> '' AS has_passwords \gset
\if :has_passwords
\else
\set VERBOSITY terse
DO $$ BEGIN RAISE EXCEPTION 'no password was found: name the directory in SECRETS, or give both in ADMIN_PASSWORD and APP_PASSWORD; nothing was made'; END $$;
\endif
SELECT to_regrole('gongzhang_admin') IS NOT NULL AS has_admin,
    to_regrole('gongzhang_app') IS NOT NULL AS has_app,
    EXISTS (SELECT FROM pg_database WHERE datname = 'gongzhang') AS has_database \gset
\if :has_admin
\echo 'The role gongzhang_admin is there already and stays, with its password.'
\else
CREATE ROLE gongzhang_admin LOGIN CREATEROLE CREATEDB PASSWORD :'admin_password';
GRANT gongzhang_admin TO CURRENT_USER;
\endif
\if :has_app
\echo 'The role gongzhang_app is there already and stays, with its password.'
\else
CREATE ROLE gongzhang_app LOGIN PASSWORD :'app_password';
\endif
\if :has_database
\echo 'The database gongzhang is there already and stays.'
\else
CREATE DATABASE gongzhang OWNER gongzhang_admin ENCODING 'UTF8' TEMPLATE template0;
\endif
\if :is_superuser
-- A detail in the server's log quotes the row that was refused, with what it says of a person.
ALTER ROLE gongzhang_admin SET log_error_verbosity = 'terse';
ALTER ROLE gongzhang_app SET log_error_verbosity = 'terse';
\endif
REVOKE CONNECT, TEMPORARY ON DATABASE gongzhang FROM PUBLIC;
GRANT CONNECT ON DATABASE gongzhang TO gongzhang_app;
