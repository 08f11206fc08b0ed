-- MySQL dump 10.13  Distrib 8.0
/*!40101 SET NAMES utf8 */;
CREATE TABLE IF NOT EXISTS `elever` (
  `id` int(11) NOT NULL AUTO_INCREMENT, -- nyckel
  `namn` varchar(100) DEFAULT 'x,(y',
  `pnr` decimal(12,0),
  PRIMARY KEY (`id`),
  KEY `namn` (`namn`)
) ENGINE=InnoDB;
INSERT INTO `elever` VALUES (1,'Åsa \'Öa\' Öberg',191212121212),(2,'O''Ek; Bo',NULL);
INSERT INTO skola.elever (namn, pnr) VALUES ('Eva
Lind', CONCAT('1912', '12121212'));
UPDATE elever SET namn = 'Eva Ek' WHERE id = 3;
COPY public.guardians (id, name, phone) FROM stdin;
1	Yrjö Järvinen	070-174 06 05
2	Bo\tEk	\N
\.

SELECT 1;
