--
-- PostgreSQL database dump
--



SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: arkiv; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA arkiv;


ALTER SCHEMA arkiv OWNER TO postgres;

--
-- Name: f(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.f() RETURNS text
    LANGUAGE sql
    AS $$ SELECT 'it''s Åke; don"t' -- don't
$$;


ALTER FUNCTION public.f() OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: Elever; Type: TABLE; Schema: arkiv; Owner: postgres
--

CREATE TABLE arkiv."Elever" (
    namn text,
    epost text
);


ALTER TABLE arkiv."Elever" OWNER TO postgres;

--
-- Name: Elever; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."Elever" (
    id integer NOT NULL,
    namn text,
    pnr character varying(20),
    "född" date,
    ok boolean,
    anm text,
    bild bytea
);


ALTER TABLE public."Elever" OWNER TO postgres;

--
-- Name: tom; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.tom (
    a integer,
    b text
);


ALTER TABLE public.tom OWNER TO postgres;

--
-- Name: TABLE tom; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TABLE public.tom IS 'Fråga Karin Kvist';


--
-- Name: v; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.v AS
 SELECT "Elever".namn
   FROM public."Elever"
  WHERE ("Elever".namn <> 'x;y'::text);


ALTER TABLE public.v OWNER TO postgres;

--
-- Name: 4711; Type: BLOB; Schema: -; Owner: postgres
--

SELECT pg_catalog.lo_create('4711');


ALTER LARGE OBJECT 4711 OWNER TO postgres;

--
-- Data for Name: Elever; Type: TABLE DATA; Schema: arkiv; Owner: postgres
--

INSERT INTO arkiv."Elever" VALUES ('Alf Al', 'alf.al@example.se');


--
-- Data for Name: Elever; Type: TABLE DATA; Schema: public; Owner: postgres
--

INSERT INTO public."Elever" VALUES (1, 'Åsa ''Öa'' Öberg', '19121212-1212', '1912-12-12', true, 'rad ett
rad två	flik C:\', NULL);
INSERT INTO public."Elever" VALUES (2, 'Bo Ek', '19130101-1234', NULL, false, 'C:\', '\x0053746f72204f626a656b74');
INSERT INTO public."Elever" VALUES (3, 'Eva Lind', NULL, '1913-03-03', NULL, '$$; '' -- inget', NULL);


--
-- Data for Name: tom; Type: TABLE DATA; Schema: public; Owner: postgres
--



--
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
--

BEGIN;

SELECT pg_catalog.lo_open('4711', 131072);
SELECT pg_catalog.lowrite(0, '\x427265762074696c6c2053746f72204f626a656b7473736f6e');
SELECT pg_catalog.lo_close(0);

COMMIT;

--
-- Name: Elever Elever_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public."Elever"
    ADD CONSTRAINT "Elever_pkey" PRIMARY KEY (id);


--
-- PostgreSQL database dump complete
--


