/*M!999999\- enable the sandbox mode */ 
-- MariaDB dump 10.19
--
-- 
-- ------------------------------------------------------


/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;

--
-- Table structure for table `elever`
--

DROP TABLE IF EXISTS `elever`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `elever` (
  `id` int(11) NOT NULL,
  `namn` varchar(80) DEFAULT NULL,
  `pnr` varchar(20) DEFAULT NULL,
  `anm` text DEFAULT NULL,
  `bild` blob DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `k` (`namn`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `elever`
--

LOCK TABLES `elever` WRITE;
/*!40000 ALTER TABLE `elever` DISABLE KEYS */;
INSERT INTO `elever` (`id`, `namn`, `pnr`, `anm`, `bild`) VALUES (1,'Åsa \'Öa\' Öberg','19121212-1212','rad ett\nC:\\',NULL);
INSERT INTO `elever` (`id`, `namn`, `pnr`, `anm`, `bild`) VALUES (2,'Bo Ek','19130101-1234','slutar med \\',0x53746F72204F626A656B74);
INSERT INTO `elever` (`id`, `namn`, `pnr`, `anm`, `bild`) VALUES (3,'Eva \"Lind\"',NULL,'; -- /* inget',0x00010241);
/*!40000 ALTER TABLE `elever` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `vård nad`
--

DROP TABLE IF EXISTS `vård nad`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `vård nad` (
  `epost` varchar(80) DEFAULT NULL,
  `namn` varchar(80) DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `vård nad`
--

LOCK TABLES `vård nad` WRITE;
/*!40000 ALTER TABLE `vård nad` DISABLE KEYS */;
INSERT INTO `vård nad` (`epost`, `namn`) VALUES ('alf.al@example.se','Alf Al');
/*!40000 ALTER TABLE `vård nad` ENABLE KEYS */;
UNLOCK TABLES;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2026-11-21 23:52:43
