PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE elever (id int primary key, namn text, pnr text, anm text, bild blob);
INSERT INTO elever VALUES(1,'Åsa ''Öa'' Öberg','19121212-1212',replace('rad ett\nC:\','\n',char(10)),NULL);
INSERT INTO elever VALUES(2,'Bo Ek','19130101-1234','slutar med \',X'53746F72204F626A656B74');
INSERT INTO elever VALUES(3,'Eva "Lind"',NULL,'; -- /* inget',X'00010241');
COMMIT;
