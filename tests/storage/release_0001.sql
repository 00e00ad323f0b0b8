BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE balance (
	account TEXT NOT NULL, 
	material TEXT NOT NULL, 
	lot TEXT NOT NULL, 
	disposition TEXT NOT NULL, 
	site TEXT NOT NULL, 
	location TEXT NOT NULL, 
	scaled BIGINT DEFAULT 0 NOT NULL, 
	reserved BIGINT DEFAULT 0 NOT NULL, 
	entry BIGINT NOT NULL, 
	counted_at TEXT, 
	PRIMARY KEY (account, material, lot, disposition), 
	CHECK (site = '' OR (scaled >= 0 AND reserved >= 0 AND scaled >= reserved)), 
	CHECK (typeof(scaled) = 'integer')
);
INSERT INTO "balance" VALUES('S1/BULK-1','VALVE','','available','S1','BULK-1',32000000,9000000,41,'2026-01-10T00:00:00.000000+00:00');
INSERT INTO "balance" VALUES('~adjustment','VALVE','','available','','',-33000000,0,34,NULL);
INSERT INTO "balance" VALUES('S1/FACE-1','VALVE','','available','S1','FACE-1',1000000,0,34,'2026-01-10T00:00:00.000000+00:00');
INSERT INTO "balance" VALUES('S1/BULK-1','VALVE','L1','available','S1','BULK-1',4000000,0,16,'2026-01-10T00:00:00.000000+00:00');
INSERT INTO "balance" VALUES('~adjustment','VALVE','L1','available','','',-5000000,0,12,NULL);
INSERT INTO "balance" VALUES('~consumed','VALVE','L1','available','','',1000000,0,16,NULL);
CREATE TABLE breaker (
	id INTEGER NOT NULL, 
	decision TEXT NOT NULL, 
	site TEXT NOT NULL, 
	zone TEXT NOT NULL, 
	cause TEXT NOT NULL, 
	because TEXT NOT NULL, 
	cure TEXT NOT NULL, 
	opened_at TEXT NOT NULL, 
	closed_at TEXT, 
	entry BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE checkpoint (
	size INTEGER NOT NULL, 
	root BLOB NOT NULL, 
	recorded_at TEXT NOT NULL, 
	PRIMARY KEY (size)
);
CREATE TABLE credential (
	prefix TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	person TEXT NOT NULL, 
	label TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	expires_at TEXT NOT NULL, 
	ended_at TEXT, 
	PRIMARY KEY (prefix)
);
CREATE TABLE estimate (
	kind TEXT NOT NULL, 
	site TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	body TEXT NOT NULL, 
	entry BIGINT NOT NULL, 
	PRIMARY KEY (kind, site, subject)
);
INSERT INTO "estimate" VALUES('LeadTimeDistribution','','SUP','{"basis":"declared","days":[10],"observations":0,"probabilities":[1.0],"q90_days":10}',17);
CREATE TABLE head (
	id INTEGER NOT NULL, 
	size BIGINT NOT NULL, 
	peaks BLOB NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "head" VALUES(1,44,X'D6C348167BD65373F6CFC7D59ACA331EF2DA61FA5057D2E06B0C7320A09D292CCBDC53695FF98E922D985C423ABC1C127DAE07D677C6B6855F220E8127C86ED9BF436E52EC87F5A021C869E6292A089AF74F00199A60A0BD2127F9839E6B6652');
CREATE TABLE inbox (
	source TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	status TEXT NOT NULL, 
	entry BIGINT NOT NULL, 
	code TEXT, 
	because TEXT, 
	recorded_at TEXT NOT NULL, 
	PRIMARY KEY (source, "key")
);
INSERT INTO "inbox" VALUES('test','k1','material_defined','5c4a27e67757dcf1454656b3952b41f9693bf369dfa3ad9510b55aa086eac24b','accepted',1,NULL,NULL,'2026-11-20T13:34:13.997085+00:00');
INSERT INTO "inbox" VALUES('test','k2','location_defined','b2df9425111b6268d6f1620f27c2e3aec1f5a52298c57f9c1dffa94f6e364a4f','accepted',2,NULL,NULL,'2026-11-20T13:34:13.997085+00:00');
INSERT INTO "inbox" VALUES('test','k3','location_defined','34e9a5b339386225d8f3e1bb129fe2d9e0c1848d088f1c00befc1a27a398d625','accepted',3,NULL,NULL,'2026-11-20T13:34:13.997085+00:00');
INSERT INTO "inbox" VALUES('test','k4','supplier_defined','c30e2e00cd013d7b4c8130666ac854b2074f468e9c187553e2e52692afedd664','accepted',4,NULL,NULL,'2026-11-20T13:34:13.997085+00:00');
INSERT INTO "inbox" VALUES('test','k5','supplier_item_defined','af35c0735259045b713c73f3fcf24b17f22c65e7578b7a2728625cb9bd6c8ea3','accepted',5,NULL,NULL,'2026-11-20T13:34:13.997085+00:00');
INSERT INTO "inbox" VALUES('test','k6','stocking_defined','d0247b15480e843470a1e07eb88e2825ccd8d33ff3e60530663bca26b15b4027','accepted',6,NULL,NULL,'2026-11-20T13:34:13.997085+00:00');
INSERT INTO "inbox" VALUES('test','k7','stock_counted','4e8634537e984f01dad07157994c03d52092ff4d567bd523660b369c1ae5e2e4','accepted',7,NULL,NULL,'2026-11-20T13:34:13.997085+00:00');
INSERT INTO "inbox" VALUES('test','k8','stock_counted','7ec8ab3eb074868c91aa1b2f83c2e0222070fdfc9acfed8b456fde406418f1a8','accepted',9,NULL,NULL,'2026-11-20T13:34:13.997085+00:00');
INSERT INTO "inbox" VALUES('test','k9','stock_counted','96633a4e13e139d3ede8d1e71881278fc4b681c55659c5415c898beedb781207','accepted',11,NULL,NULL,'2026-11-20T13:34:13.997085+00:00');
INSERT INTO "inbox" VALUES('test','k10','usage_reported','cf096af3c009d72399ee48a02afbeb307f6da242dae5785e3586b7e7d172d2e4','accepted',13,NULL,NULL,'2026-11-20T13:34:13.997085+00:00');
INSERT INTO "inbox" VALUES('test','k11','stock_counted','a5db412dce2a9a86719bf83c20b42f08002c5cdfc5528413def247e04477b5c4','refused',14,'unknown_location','S1 has no location NOWHERE; send its definition first','2026-11-20T13:34:14.020506+00:00');
INSERT INTO "inbox" VALUES('test','k12','stock_moved','a98f676c3dfc86bfe5136a4fdbdb089141dd9ad2b926204a8ab279e443c0f8c7','accepted',15,NULL,NULL,'2026-11-20T13:34:14.022375+00:00');
INSERT INTO "inbox" VALUES('floor:ben','971a362038ea40be979e791d3879f59f','task_confirmed','2bd74af11c3962955f127b5ad98746eee3e00b006e92fa31899632f2e52299c6','accepted',29,NULL,NULL,'2026-11-20T13:34:14.246925+00:00');
INSERT INTO "inbox" VALUES('test','k13','stock_counted','ac2d1483e963bb26ffbc7871c71665537dbb0f63b6571d7e392cb174fe0cb373','accepted',33,NULL,NULL,'2026-11-20T13:34:14.254999+00:00');
CREATE TABLE job (
	kind TEXT NOT NULL, 
	site TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	run_at TEXT NOT NULL, 
	lease_until TEXT, 
	attempts BIGINT DEFAULT 0 NOT NULL, 
	PRIMARY KEY (kind, site, subject)
);
INSERT INTO "job" VALUES('hearing','S1','VALVE','2026-11-20T13:34:13.997085+00:00',NULL,0);
CREATE TABLE journal (
	number INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	recorded_at TEXT NOT NULL, 
	occurred_at TEXT, 
	cause TEXT, 
	actor TEXT NOT NULL, 
	body TEXT NOT NULL, 
	leaf BLOB NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "journal" VALUES(0,'policy','1','2026-11-20T13:34:13.933556+00:00',NULL,NULL,'installation','{"sha256":"be3595a7f9b587534376ae67c05be5345fb58b0fcf0fc3acd0f25685d2c038a4","text":"\nversion = 1\ntitle = \"Test policy\"\nroles = [\"admin\", \"planner\", \"clerk\"]\n\n[administration]\npolicy = [\"admin\"]\nbreakers = [\"admin\"]\n\n[[people]]\nid = \"ada\"\nname = \"Ada\"\nroles = [\"admin\", \"planner\"]\n\n[[people]]\nid = \"ben\"\nname = \"Ben\"\nroles = [\"planner\"]\n\n[[people]]\nid = \"cleo\"\nname = \"Cleo\"\nroles = [\"clerk\"]\n\n[[grants]]\nrole = \"planner\"\ntransactions = [\"*\"]\ndecisions = [\"*\"]\nsites = [\"*\"]\nzones = [\"*\"]\nvalue_max = \"unlimited\"\n\n[[grants]]\nrole = \"clerk\"\ntransactions = [\"replenishment\"]\ndecisions = [\"*\"]\nsites = [\"*\"]\nzones = [\"*\"]\nvalue_max = \"EUR 50.00\"\n\n[[phases]]\ndecision = \"*\"\nsite = \"*\"\nzone = \"*\"\nphase = \"assist\"\n\n\n[[approvals]]\ndecisions = [\"*\"]\ntransactions = [\"*\"]\njustification_above = \"EUR 500.00\"\nsecond_person_above = \"EUR 5000.00\"\nexpires_after = \"3 days\"\n","version":1}',X'CB6F28932D119AC66D4FFC704EFF0923E6DB993CFC0B1F1A4702E47648F4486D');
INSERT INTO "journal" VALUES(1,'material_defined','test/k1','2026-11-20T13:34:13.997085+00:00','2026-01-10T00:00:00.000000+00:00',NULL,'test','{"definition":{"criticality":0.9,"description":"","manufacturer":"","manufacturer_part_number":"","material":"VALVE","material_class":"MRO","shelf_life_days":null,"substitutes":[],"unit":"H87","unit_cost":{"amount":"30.00","currency":"EUR"}},"kind":"material_defined"}',X'3CEBCE63D1F576715A37581867C6B48FEF7F3E153817E126873810AEAA1BB71D');
INSERT INTO "journal" VALUES(2,'location_defined','test/k2','2026-11-20T13:34:13.997085+00:00','2026-01-10T00:00:00.000000+00:00',NULL,'test','{"definition":{"kind":"bulk","location":"BULK-1","site":"S1","zone":"MRO"},"kind":"location_defined"}',X'D8C86DD7D19F8E12837A8C00ED667ADC784FA484815375D7ABCADCD25794C943');
INSERT INTO "journal" VALUES(3,'location_defined','test/k3','2026-11-20T13:34:13.997085+00:00','2026-01-10T00:00:00.000000+00:00',NULL,'test','{"definition":{"kind":"pick_face","location":"FACE-1","site":"S1","zone":"MRO"},"kind":"location_defined"}',X'594CBB82017E35F30E96C5EBAB17B956C3E21517009FA314760F0017AABB8F65');
INSERT INTO "journal" VALUES(4,'supplier_defined','test/k4','2026-11-20T13:34:13.997085+00:00','2026-01-10T00:00:00.000000+00:00',NULL,'test','{"definition":{"lead_time_days":10,"name":"","supplier":"SUP"},"kind":"supplier_defined"}',X'D032565A4F86DCD9FB20278F9CD8C763D6B7A4BA74EC86401371DD28A5C7DCDF');
INSERT INTO "journal" VALUES(5,'supplier_item_defined','test/k5','2026-11-20T13:34:13.997085+00:00','2026-01-10T00:00:00.000000+00:00',NULL,'test','{"definition":{"lead_time_days":null,"material":"VALVE","order_quantity_min":"1","pack_size":"1","price":{"amount":"30.00","currency":"EUR"},"supplier":"SUP"},"kind":"supplier_item_defined"}',X'F2057D6D7D23815C8EF28F9DE9D8CC66EE83FFB0A2C588FD35EF52255B2FEE46');
INSERT INTO "journal" VALUES(6,'stocking_defined','test/k6','2026-11-20T13:34:13.997085+00:00','2026-01-10T00:00:00.000000+00:00',NULL,'test','{"definition":{"bulk":"BULK-1","material":"VALVE","order_up_to":"20","origin":"imported","pick_face":"FACE-1","pick_face_max":"10","pick_face_min":"4","reorder_point":"10","safety_stock":"0","site":"S1","zone":"MRO"},"kind":"stocking_defined"}',X'9A2E3FD42936699A73088F5157B45DBEFF5F199D4C47E629CB8FE46EE37A3B5C');
INSERT INTO "journal" VALUES(7,'stock_counted','test/k7','2026-11-20T13:34:13.997085+00:00','2026-01-10T00:00:00.000000+00:00',NULL,'test','{"counted":{"amount":"40","unit":"H87"},"kind":"stock_counted","location":"BULK-1","lot":"","material":"VALVE","person":null,"site":"S1","task":null}',X'685B7772DFC4824BE847C8B56B041F67BE569AE278D0E7EE4EEF76EBDE6CF22A');
INSERT INTO "journal" VALUES(8,'movement','test/k7','2026-11-20T13:34:13.997085+00:00','2026-01-10T00:00:00.000000+00:00','test/k7','test','{"business_step":"cycle_counting","corrects":null,"key":"test/k7","legs":[{"key":{"account":"S1/BULK-1","disposition":"available","lot":"","material":"VALVE"},"scaled":40000000},{"key":{"account":"~adjustment","disposition":"available","lot":"","material":"VALVE"},"scaled":-40000000}],"unit":"H87"}',X'1D0AD142A83DC1C76FAC95F0EF79A6C60C502FE6E6C542374BEEC81CA3AB1405');
INSERT INTO "journal" VALUES(9,'stock_counted','test/k8','2026-11-20T13:34:13.997085+00:00','2026-01-10T00:00:00.000000+00:00',NULL,'test','{"counted":{"amount":"2","unit":"H87"},"kind":"stock_counted","location":"FACE-1","lot":"","material":"VALVE","person":null,"site":"S1","task":null}',X'D844FAED5B418FF3541CCD8EB14D3DE4F24E2C86B810CAC40DCD65C4E1AC1731');
INSERT INTO "journal" VALUES(10,'movement','test/k8','2026-11-20T13:34:13.997085+00:00','2026-01-10T00:00:00.000000+00:00','test/k8','test','{"business_step":"cycle_counting","corrects":null,"key":"test/k8","legs":[{"key":{"account":"S1/FACE-1","disposition":"available","lot":"","material":"VALVE"},"scaled":2000000},{"key":{"account":"~adjustment","disposition":"available","lot":"","material":"VALVE"},"scaled":-2000000}],"unit":"H87"}',X'FAAC5D457D38AE0379574310C03005B5E4B6C3D13CFDD9D2A41809B33F278B3A');
INSERT INTO "journal" VALUES(11,'stock_counted','test/k9','2026-11-20T13:34:13.997085+00:00','2026-01-10T00:00:00.000000+00:00',NULL,'test','{"counted":{"amount":"5","unit":"H87"},"kind":"stock_counted","location":"BULK-1","lot":"L1","material":"VALVE","person":null,"site":"S1","task":null}',X'E01FB32C1DC19CB5048B32D1255C98252D0DB33334FA72744E86D5692C59A0EC');
INSERT INTO "journal" VALUES(12,'movement','test/k9','2026-11-20T13:34:13.997085+00:00','2026-01-10T00:00:00.000000+00:00','test/k9','test','{"business_step":"cycle_counting","corrects":null,"key":"test/k9","legs":[{"key":{"account":"S1/BULK-1","disposition":"available","lot":"L1","material":"VALVE"},"scaled":5000000},{"key":{"account":"~adjustment","disposition":"available","lot":"L1","material":"VALVE"},"scaled":-5000000}],"unit":"H87"}',X'93D43490B66970EACE3559455622AEE1F0F35C771C70B99B7D8BEB47B1BF3022');
INSERT INTO "journal" VALUES(13,'usage_reported','test/k10','2026-11-20T13:34:13.997085+00:00','2026-01-10T00:00:00.000000+00:00',NULL,'test','{"asset":null,"kind":"usage_reported","material":"VALVE","order":null,"quantity":{"amount":"1","unit":"H87"},"site":"S1","used_on":"2025-03-05"}',X'D14EB6508AA21974E880DE119422B918EE161FAFE5A2D4BEAC3311A87691D7C4');
INSERT INTO "journal" VALUES(14,'stock_counted','test/k11','2026-11-20T13:34:14.020506+00:00','2026-01-10T00:00:00.000000+00:00',NULL,'test','{"counted":{"amount":"1","unit":"H87"},"kind":"stock_counted","location":"NOWHERE","lot":"","material":"VALVE","person":null,"site":"S1","task":null}',X'DE8DE779864F509716152E5EC331A78C9EF67EE47E1B1AF1C127C6A4940983C2');
INSERT INTO "journal" VALUES(15,'stock_moved','test/k12','2026-11-20T13:34:14.022375+00:00','2026-01-10T00:00:00.000000+00:00',NULL,'test','{"asset":null,"document":null,"from_location":"BULK-1","kind":"stock_moved","lot":"L1","material":"VALVE","order":null,"quantity":{"amount":"1","unit":"H87"},"site":"S1","to_location":null}',X'763F3B49BC5AB4F592F10862971B2465AFCA1D807B0BE0865897D0D43A82A246');
INSERT INTO "journal" VALUES(16,'movement','test/k12','2026-11-20T13:34:14.022375+00:00','2026-01-10T00:00:00.000000+00:00','test/k12','test','{"business_step":"consuming","corrects":null,"key":"test/k12","legs":[{"key":{"account":"S1/BULK-1","disposition":"available","lot":"L1","material":"VALVE"},"scaled":-1000000},{"key":{"account":"~consumed","disposition":"available","lot":"L1","material":"VALVE"},"scaled":1000000}],"unit":"H87"}',X'77F7F4848DB34725E8955CD5E37138FC490AA1521B5E28A58A06D3C5A44ABADB');
INSERT INTO "journal" VALUES(17,'forecast','lead_time|','2026-11-20T13:34:14.026970+00:00',NULL,NULL,'chargehand','{"basis":"2026-01-10 09028ba52d4dbe57","count":1,"kind":"LeadTimeDistribution","sha256":"e9e51e421f7d18589c94a4ae7647ffd3259705a549864744bad3a9c28dac0b08"}',X'4C57DA10C649AF9B9E146191C927EB949188736774CAFB09BB605019F0980701');
INSERT INTO "journal" VALUES(18,'forecast','performance|','2026-11-20T13:34:14.031758+00:00',NULL,NULL,'chargehand','{"basis":"2026-01-10 09028ba52d4dbe57","count":0,"kind":"SupplierPerformance","sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}',X'B9AEA51D9B9E16F2E31CFDBD5BB5F61CDDB0117454CDF96D0B63C4690C11EA07');
INSERT INTO "journal" VALUES(19,'forecast','demand|S1','2026-11-20T13:34:14.175286+00:00',NULL,NULL,'chargehand','{"basis":"{\"count\":1,\"newest\":13,\"site\":\"S1\",\"until\":\"2026-01-01\",\"version\":\"demand-1\"}","count":0,"kind":"DemandForecast","sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}',X'D181A553AD147D7DC6EA70542A3A4801771140EAB5E25EB3ADB2302A7FD56CD1');
INSERT INTO "journal" VALUES(20,'proposal','P-1','2026-11-20T13:34:14.197610+00:00',NULL,NULL,'chargehand','{"decision":"mro_replenishment","evidence":["#1","#4","#5","#6","#8","#10","#16","#17"],"id":"P-1","proposal":"{\"actions\":[{\"cost\":{\"amount\":\"4.00\",\"currency\":\"EUR\"},\"criticality\":0.9,\"from_location\":\"BULK-1\",\"kind\":\"move_task\",\"material\":\"VALVE\",\"order\":null,\"predicted_stockout_on\":null,\"priority\":\"MEDIUM\",\"quantity\":{\"amount\":\"8\",\"unit\":\"H87\"},\"reason\":\"STATIC_MINIMUM_REACHED\",\"site\":\"S1\",\"to_location\":\"FACE-1\",\"transaction\":\"replenishment\",\"zone\":\"MRO\"}],\"alternatives\":[{\"cost\":{\"amount\":\"12.50\",\"currency\":\"EUR\"},\"what\":\"Do nothing.\",\"why_not\":\"How soon stock runs out is not known: there is no forecast.\"},{\"cost\":{\"amount\":\"16.50\",\"currency\":\"EUR\"},\"what\":\"Fetch 1 from BULK-1 whenever one is needed.\",\"why_not\":\"A technician waits each time.\"}],\"basis\":\"fallback\",\"basis_note\":\"No forecast is recorded for it: too little history, or the model has not run yet.\",\"changes\":[{\"after\":\"10\",\"now\":\"2\",\"what\":\"Pick face FACE-1\"},{\"after\":\"36\",\"now\":\"44\",\"what\":\"Bulk BULK-1\"}],\"confidence\":0.5,\"cost\":{\"amount\":\"4.00\",\"currency\":\"EUR\"},\"cost_of_inaction\":{\"amount\":\"12.50\",\"currency\":\"EUR\"},\"decide_before\":\"2026-01-17T00:00:00Z\",\"expectations\":[{\"name\":\"stock and open orders\",\"unit\":\"H87\",\"value\":2.0},{\"name\":\"floor\",\"unit\":\"H87\",\"value\":4.0},{\"name\":\"position\",\"unit\":\"H87\",\"value\":46.0},{\"name\":\"cost of a missing unit\",\"unit\":\"EUR\",\"value\":25.0},{\"name\":\"cost of holding the addition\",\"unit\":\"EUR\",\"value\":0.02}],\"headline\":\"Carry 8 of VALVE from BULK-1 to FACE-1 for S1.\",\"inaction\":\"How soon stock runs out is not known: there is no forecast.\",\"measure_after\":\"2026-01-17T00:00:00Z\",\"priority\":\"MEDIUM\",\"reasons\":[\"Pick face FACE-1 holds 2, its minimum is 4, and BULK-1 has free stock.\",\"VALVE at S1: Position 46 at S1 (46 free, 0 on order, 0 planned for maintenance by 2026-01-21) is above the static reorder point 10.\"],\"series\":[],\"subject\":{\"key\":\"VALVE\",\"label\":\"VALVE\",\"site\":\"S1\",\"zone\":\"MRO\"},\"would_flip\":[\"If 5 or more were at the pick face (it is 2).\"]}","question":"{\"case\":{\"as_of\":\"2026-01-10T00:00:00Z\",\"demand\":null,\"levels\":{\"bulk\":\"BULK-1\",\"material\":\"VALVE\",\"order_up_to\":\"20\",\"origin\":\"imported\",\"pick_face\":\"FACE-1\",\"pick_face_max\":\"10\",\"pick_face_min\":\"4\",\"reorder_point\":\"10\",\"safety_stock\":\"0\",\"site\":\"S1\",\"zone\":\"MRO\"},\"material\":{\"criticality\":0.9,\"description\":\"\",\"manufacturer\":\"\",\"manufacturer_part_number\":\"\",\"material\":\"VALVE\",\"material_class\":\"MRO\",\"shelf_life_days\":null,\"substitutes\":[],\"unit\":\"H87\",\"unit_cost\":{\"amount\":\"30.00\",\"currency\":\"EUR\"}},\"offers\":[{\"late_days\":0.0,\"late_fraction\":0.0,\"lead_time\":{\"basis\":\"declared\",\"days\":[10],\"observations\":0,\"probabilities\":[1.0],\"q90_days\":10},\"minimum\":\"1\",\"name\":\"SUP\",\"pack\":\"1\",\"price\":{\"amount\":\"30.00\",\"currency\":\"EUR\"},\"supplier\":\"SUP\"}],\"others\":[],\"part\":{\"overdue\":[],\"places\":[{\"counted_at\":\"2026-01-10T00:00:00Z\",\"incoming\":\"0\",\"location\":\"BULK-1\",\"location_kind\":\"bulk\",\"lot\":\"\",\"on_hand\":\"40\",\"reserved\":\"0\",\"zone\":\"MRO\"},{\"counted_at\":\"2026-01-10T00:00:00Z\",\"incoming\":\"0\",\"location\":\"BULK-1\",\"location_kind\":\"bulk\",\"lot\":\"L1\",\"on_hand\":\"4\",\"reserved\":\"0\",\"zone\":\"MRO\"},{\"counted_at\":\"2026-01-10T00:00:00Z\",\"incoming\":\"0\",\"location\":\"FACE-1\",\"location_kind\":\"pick_face\",\"lot\":\"\",\"on_hand\":\"2\",\"reserved\":\"0\",\"zone\":\"MRO\"}],\"planned\":[],\"site\":\"S1\",\"supply\":[],\"zone\":\"MRO\"},\"stoppage\":null},\"forecast\":null,\"site\":\"S1\"}","version":1}',X'B8B6BF79CB5824178E4A707951AF654A88D0E46ACAFDDAD6D122682BEEA1DC27');
INSERT INTO "journal" VALUES(21,'transition','P-1','2026-11-20T13:34:14.197610+00:00',NULL,NULL,'chargehand','{"because":"mro_replenishment is assisted; a person approves each one (rule for any decision, any site, any zone)","event":"propose","proposal":"P-1","state":"waiting"}',X'6B504DF480F51F30F4CCABC254B345CE15061F54DB086B90DE139949D73C1D2B');
INSERT INTO "journal" VALUES(22,'ruling','P-1','2026-11-20T13:34:14.197610+00:00',NULL,NULL,'policy','{"action_digests":["f72ab80a7f96b8dd3f30d93703331c098899c126a3e7ebd666709c8e4c4ae695"],"at":"2026-11-20T13:34:14.197610+00:00","clause":"phases[1].phase","cleared_by":[],"cost":"4.00","currency":"EUR","justification":"","number":1,"policy_version":1,"proposal":1,"shown":{"as_of":"2026-01-10T00:00:00.000000+00:00","checks_sha256":"795649fc1e62274c3f6aca7686b7325f1961ed299c39d983ce0a9f6ac41af396","clause":"phases[1].phase","expires_at":"2026-11-23T13:34:14.197610+00:00","label":"VALVE","policy_version":1,"ruling_text":"mro_replenishment is assisted; a person approves each one (rule for any decision, any site, any zone)","site":"S1","subject":"VALVE","title":"Replenish spare","verdict":"awaiting","zone":"MRO"},"verdict":"awaiting","version":1}',X'70A494B287B5C49BD467E5CB770152C980F76E7F5123128FBEB45796AC58175B');
INSERT INTO "journal" VALUES(23,'hearing','mro_replenishment','2026-11-20T13:34:14.223044+00:00',NULL,NULL,'chargehand','{"as_of":"2026-01-10T00:00:00.000000+00:00","asked":1,"decision":"mro_replenishment","proposed":1,"refusals":"4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945","sites":["S1"]}',X'3574A3E2B8AF1A36368F9E47C1DCD44830D031D42CF4C88B5AB2ECD22441A4A6');
INSERT INTO "journal" VALUES(24,'ruling','P-1','2026-11-20T13:34:14.226521+00:00',NULL,NULL,'ada','{"action_digests":["f72ab80a7f96b8dd3f30d93703331c098899c126a3e7ebd666709c8e4c4ae695"],"at":"2026-11-20T13:34:14.226521+00:00","clause":"grants","cleared_by":["ada"],"cost":"4.00","currency":"EUR","justification":"the pick face runs empty","number":2,"policy_version":1,"proposal":1,"shown":{"as_of":"2026-01-10T00:00:00.000000+00:00","checks_sha256":"795649fc1e62274c3f6aca7686b7325f1961ed299c39d983ce0a9f6ac41af396","clause":"phases[1].phase","expires_at":"2026-11-23T13:34:14.197610+00:00","label":"VALVE","policy_version":1,"ruling_text":"mro_replenishment is assisted; a person approves each one (rule for any decision, any site, any zone)","site":"S1","subject":"VALVE","title":"Replenish spare","verdict":"awaiting","zone":"MRO"},"verdict":"cleared","version":1}',X'5A5F194A131F598E7F0E7CD2610D93F28A0D8C1A210222840E15515E913BD144');
INSERT INTO "journal" VALUES(25,'transition','P-1','2026-11-20T13:34:14.226521+00:00',NULL,NULL,'ada','{"because":"the pick face runs empty","event":"clear","proposal":"P-1","state":"cleared"}',X'8B9FFB5BA1B6C5BC0AEF35B68824185A59C7BA82A1A1C1483C83A3718700DE6B');
INSERT INTO "journal" VALUES(26,'reservation','P-1.1/0','2026-11-20T13:34:14.226521+00:00',NULL,NULL,'ada','{"for_order":null,"key":"P-1.1/0","legs":[[{"account":"S1/BULK-1","disposition":"available","lot":"","material":"VALVE"},8000000]],"location":"BULK-1","site":"S1","to_location":"FACE-1","to_site":"S1"}',X'2F68137E1BE2B6AE51CF1342E6FDCA206627A5B6BCA1A4E530CD676320A04ECE');
INSERT INTO "journal" VALUES(27,'order','P-1.1/0','2026-11-20T13:34:14.226521+00:00',NULL,NULL,'ada','{"action":"{\"cost\":{\"amount\":\"4.00\",\"currency\":\"EUR\"},\"criticality\":0.9,\"from_location\":\"BULK-1\",\"kind\":\"move_task\",\"material\":\"VALVE\",\"order\":null,\"predicted_stockout_on\":null,\"priority\":\"MEDIUM\",\"quantity\":{\"amount\":\"8\",\"unit\":\"H87\"},\"reason\":\"STATIC_MINIMUM_REACHED\",\"site\":\"S1\",\"to_location\":\"FACE-1\",\"transaction\":\"replenishment\",\"zone\":\"MRO\"}","key":"P-1.1/0","next_at":null,"proposal":1,"rank":2,"ruling":2,"site":"S1","state":"sent","target":"floor","transaction_type":"replenishment","zone":"MRO"}',X'293DA66B8741EC9C31E6E86B7C19E8BD4C700757733D4C38BB48A7596028F442');
INSERT INTO "journal" VALUES(28,'transition','P-1','2026-11-20T13:34:14.226521+00:00',NULL,NULL,'ada','{"because":"P-1.1/0","event":"send","proposal":"P-1","state":"sent"}',X'1AF0B9632DBF930D584243D8A604D830C65C7E2D2C6FE560697BA9BC674B9A9E');
INSERT INTO "journal" VALUES(29,'task_confirmed','floor:ben/971a362038ea40be979e791d3879f59f','2026-11-20T13:34:14.246925+00:00',NULL,NULL,'floor:ben','{"kind":"task_confirmed","lot":"","person":"ben","quantity":{"amount":"8","unit":"H87"},"task":"P-1.1/0"}',X'55B4F941A8FD215BE7E3A13C17F470085F484D2F8982C9A75C689937ED776E57');
INSERT INTO "journal" VALUES(30,'effect','P-1.1/0','2026-11-20T13:34:14.246925+00:00',NULL,'floor:ben/971a362038ea40be979e791d3879f59f','ben','{"because":"","order":"P-1.1/0","reference":null,"state":"confirmed"}',X'0728BA4D207722D1272E93FB7187C9351A118D7938795592944069A0E6CC3E83');
INSERT INTO "journal" VALUES(31,'movement','P-1.1/0','2026-11-20T13:34:14.246925+00:00',NULL,'floor:ben/971a362038ea40be979e791d3879f59f','ben','{"business_step":"stocking","corrects":null,"key":"P-1.1/0","legs":[{"key":{"account":"S1/BULK-1","disposition":"available","lot":"","material":"VALVE"},"scaled":-8000000},{"key":{"account":"S1/FACE-1","disposition":"available","lot":"","material":"VALVE"},"scaled":8000000}],"unit":"H87"}',X'8E68B3EA522354C9DBFACE1F48B227497C2BD01F1B2852BC2B2853E09BE279C5');
INSERT INTO "journal" VALUES(32,'transition','P-1','2026-11-20T13:34:14.246925+00:00',NULL,NULL,'ben','{"because":"order P-1.1/0","event":"confirm","proposal":"P-1","state":"confirmed"}',X'D64F9D98757CE35C640055DCD39A3CDC8BE1D80CEE2FB8BFE5A5C6D06AA21E14');
INSERT INTO "journal" VALUES(33,'stock_counted','test/k13','2026-11-20T13:34:14.254999+00:00','2026-01-10T00:00:00.000000+00:00',NULL,'test','{"counted":{"amount":"1","unit":"H87"},"kind":"stock_counted","location":"FACE-1","lot":"","material":"VALVE","person":null,"site":"S1","task":null}',X'FB42CC759C66F0509E22CDBA390402CBCD8EC2FB8591E4F30EA68DBE8172FE4A');
INSERT INTO "journal" VALUES(34,'movement','test/k13','2026-11-20T13:34:14.254999+00:00','2026-01-10T00:00:00.000000+00:00','test/k13','test','{"business_step":"cycle_counting","corrects":null,"key":"test/k13","legs":[{"key":{"account":"S1/FACE-1","disposition":"available","lot":"","material":"VALVE"},"scaled":-9000000},{"key":{"account":"~adjustment","disposition":"available","lot":"","material":"VALVE"},"scaled":9000000}],"unit":"H87"}',X'E287396F10A96375D490FA91C70CD5CF271A43631B2E47FC4E1AF9BCAF4165BD');
INSERT INTO "journal" VALUES(35,'proposal','P-2','2026-11-20T13:34:14.260404+00:00',NULL,NULL,'chargehand','{"decision":"mro_replenishment","evidence":["#1","#4","#5","#6","#16","#17","#31","#34"],"id":"P-2","proposal":"{\"actions\":[{\"cost\":{\"amount\":\"4.00\",\"currency\":\"EUR\"},\"criticality\":0.9,\"from_location\":\"BULK-1\",\"kind\":\"move_task\",\"material\":\"VALVE\",\"order\":null,\"predicted_stockout_on\":null,\"priority\":\"MEDIUM\",\"quantity\":{\"amount\":\"9\",\"unit\":\"H87\"},\"reason\":\"STATIC_MINIMUM_REACHED\",\"site\":\"S1\",\"to_location\":\"FACE-1\",\"transaction\":\"replenishment\",\"zone\":\"MRO\"}],\"alternatives\":[{\"cost\":{\"amount\":\"12.50\",\"currency\":\"EUR\"},\"what\":\"Do nothing.\",\"why_not\":\"How soon stock runs out is not known: there is no forecast.\"},{\"cost\":{\"amount\":\"16.50\",\"currency\":\"EUR\"},\"what\":\"Fetch 1 from BULK-1 whenever one is needed.\",\"why_not\":\"A technician waits each time.\"}],\"basis\":\"fallback\",\"basis_note\":\"No forecast is recorded for it: too little history, or the model has not run yet.\",\"changes\":[{\"after\":\"10\",\"now\":\"1\",\"what\":\"Pick face FACE-1\"},{\"after\":\"27\",\"now\":\"36\",\"what\":\"Bulk BULK-1\"}],\"confidence\":0.5,\"cost\":{\"amount\":\"4.00\",\"currency\":\"EUR\"},\"cost_of_inaction\":{\"amount\":\"12.50\",\"currency\":\"EUR\"},\"decide_before\":\"2026-01-17T00:00:00Z\",\"expectations\":[{\"name\":\"stock and open orders\",\"unit\":\"H87\",\"value\":1.0},{\"name\":\"floor\",\"unit\":\"H87\",\"value\":4.0},{\"name\":\"position\",\"unit\":\"H87\",\"value\":37.0},{\"name\":\"cost of a missing unit\",\"unit\":\"EUR\",\"value\":25.0},{\"name\":\"cost of holding the addition\",\"unit\":\"EUR\",\"value\":0.02}],\"headline\":\"Carry 9 of VALVE from BULK-1 to FACE-1 for S1.\",\"inaction\":\"How soon stock runs out is not known: there is no forecast.\",\"measure_after\":\"2026-01-17T00:00:00Z\",\"priority\":\"MEDIUM\",\"reasons\":[\"Pick face FACE-1 holds 1, its minimum is 4, and BULK-1 has free stock.\",\"VALVE at S1: Position 37 at S1 (37 free, 0 on order, 0 planned for maintenance by 2026-01-21) is above the static reorder point 10.\"],\"series\":[],\"subject\":{\"key\":\"VALVE\",\"label\":\"VALVE\",\"site\":\"S1\",\"zone\":\"MRO\"},\"would_flip\":[\"If 5 or more were at the pick face (it is 1).\"]}","question":"{\"case\":{\"as_of\":\"2026-01-10T00:00:00Z\",\"demand\":null,\"levels\":{\"bulk\":\"BULK-1\",\"material\":\"VALVE\",\"order_up_to\":\"20\",\"origin\":\"imported\",\"pick_face\":\"FACE-1\",\"pick_face_max\":\"10\",\"pick_face_min\":\"4\",\"reorder_point\":\"10\",\"safety_stock\":\"0\",\"site\":\"S1\",\"zone\":\"MRO\"},\"material\":{\"criticality\":0.9,\"description\":\"\",\"manufacturer\":\"\",\"manufacturer_part_number\":\"\",\"material\":\"VALVE\",\"material_class\":\"MRO\",\"shelf_life_days\":null,\"substitutes\":[],\"unit\":\"H87\",\"unit_cost\":{\"amount\":\"30.00\",\"currency\":\"EUR\"}},\"offers\":[{\"late_days\":0.0,\"late_fraction\":0.0,\"lead_time\":{\"basis\":\"declared\",\"days\":[10],\"observations\":0,\"probabilities\":[1.0],\"q90_days\":10},\"minimum\":\"1\",\"name\":\"SUP\",\"pack\":\"1\",\"price\":{\"amount\":\"30.00\",\"currency\":\"EUR\"},\"supplier\":\"SUP\"}],\"others\":[],\"part\":{\"overdue\":[],\"places\":[{\"counted_at\":\"2026-01-10T00:00:00Z\",\"incoming\":\"0\",\"location\":\"BULK-1\",\"location_kind\":\"bulk\",\"lot\":\"\",\"on_hand\":\"32\",\"reserved\":\"0\",\"zone\":\"MRO\"},{\"counted_at\":\"2026-01-10T00:00:00Z\",\"incoming\":\"0\",\"location\":\"BULK-1\",\"location_kind\":\"bulk\",\"lot\":\"L1\",\"on_hand\":\"4\",\"reserved\":\"0\",\"zone\":\"MRO\"},{\"counted_at\":\"2026-01-10T00:00:00Z\",\"incoming\":\"0\",\"location\":\"FACE-1\",\"location_kind\":\"pick_face\",\"lot\":\"\",\"on_hand\":\"1\",\"reserved\":\"0\",\"zone\":\"MRO\"}],\"planned\":[],\"site\":\"S1\",\"supply\":[],\"zone\":\"MRO\"},\"stoppage\":null},\"forecast\":null,\"site\":\"S1\"}","version":1}',X'37E995FD10617EB3C441B11D7DB0BD0405B33DC34546BB67810CE7360AD0941E');
INSERT INTO "journal" VALUES(36,'transition','P-2','2026-11-20T13:34:14.260404+00:00',NULL,NULL,'chargehand','{"because":"mro_replenishment is assisted; a person approves each one (rule for any decision, any site, any zone)","event":"propose","proposal":"P-2","state":"waiting"}',X'3623F4FAD12F1833A341AD11A72BCD4F9515EB86511F4DDFC45160BB2B7CBF28');
INSERT INTO "journal" VALUES(37,'ruling','P-2','2026-11-20T13:34:14.260404+00:00',NULL,NULL,'policy','{"action_digests":["5b6242d958637323a9ac6846a30c693b8fc34b8b2ca5ee8481b311afe1a0e88b"],"at":"2026-11-20T13:34:14.260404+00:00","clause":"phases[1].phase","cleared_by":[],"cost":"4.00","currency":"EUR","justification":"","number":3,"policy_version":1,"proposal":2,"shown":{"as_of":"2026-01-10T00:00:00.000000+00:00","checks_sha256":"795649fc1e62274c3f6aca7686b7325f1961ed299c39d983ce0a9f6ac41af396","clause":"phases[1].phase","expires_at":"2026-11-23T13:34:14.260404+00:00","label":"VALVE","policy_version":1,"ruling_text":"mro_replenishment is assisted; a person approves each one (rule for any decision, any site, any zone)","site":"S1","subject":"VALVE","title":"Replenish spare","verdict":"awaiting","zone":"MRO"},"verdict":"awaiting","version":1}',X'DDD9BD2F98FDC7316F07119412263F47A79A03D8DE4BECA448A3D9DAEF66ED06');
INSERT INTO "journal" VALUES(38,'hearing','mro_replenishment','2026-11-20T13:34:14.268194+00:00',NULL,NULL,'chargehand','{"as_of":"2026-01-10T00:00:00.000000+00:00","asked":1,"decision":"mro_replenishment","proposed":1,"refusals":"4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945","sites":["S1"]}',X'E05DBDE34FD7D21936816AD97E7C777661EC7CB4F05AFDADBE1E71AB669E4986');
INSERT INTO "journal" VALUES(39,'ruling','P-2','2026-11-20T13:34:14.270612+00:00',NULL,NULL,'ada','{"action_digests":["5b6242d958637323a9ac6846a30c693b8fc34b8b2ca5ee8481b311afe1a0e88b"],"at":"2026-11-20T13:34:14.270612+00:00","clause":"grants","cleared_by":["ada"],"cost":"4.00","currency":"EUR","justification":"again it runs empty","number":4,"policy_version":1,"proposal":2,"shown":{"as_of":"2026-01-10T00:00:00.000000+00:00","checks_sha256":"795649fc1e62274c3f6aca7686b7325f1961ed299c39d983ce0a9f6ac41af396","clause":"phases[1].phase","expires_at":"2026-11-23T13:34:14.260404+00:00","label":"VALVE","policy_version":1,"ruling_text":"mro_replenishment is assisted; a person approves each one (rule for any decision, any site, any zone)","site":"S1","subject":"VALVE","title":"Replenish spare","verdict":"awaiting","zone":"MRO"},"verdict":"cleared","version":1}',X'537CBCC2F8C341B5E66FCC6E7BBC62AD3487C961B199043A3EADFB36393BE2CC');
INSERT INTO "journal" VALUES(40,'transition','P-2','2026-11-20T13:34:14.270612+00:00',NULL,NULL,'ada','{"because":"again it runs empty","event":"clear","proposal":"P-2","state":"cleared"}',X'68F0FD562FA9D6FBDB564338981C6A3E49FAE0A0AACA3785AF082E914E1630F6');
INSERT INTO "journal" VALUES(41,'reservation','P-2.1/0','2026-11-20T13:34:14.270612+00:00',NULL,NULL,'ada','{"for_order":null,"key":"P-2.1/0","legs":[[{"account":"S1/BULK-1","disposition":"available","lot":"","material":"VALVE"},9000000]],"location":"BULK-1","site":"S1","to_location":"FACE-1","to_site":"S1"}',X'DCEDE3CF8DE98AEB1DF20F16D5A27F29D2A98EFB98CEE85C42FA1CEF73ACBA55');
INSERT INTO "journal" VALUES(42,'order','P-2.1/0','2026-11-20T13:34:14.270612+00:00',NULL,NULL,'ada','{"action":"{\"cost\":{\"amount\":\"4.00\",\"currency\":\"EUR\"},\"criticality\":0.9,\"from_location\":\"BULK-1\",\"kind\":\"move_task\",\"material\":\"VALVE\",\"order\":null,\"predicted_stockout_on\":null,\"priority\":\"MEDIUM\",\"quantity\":{\"amount\":\"9\",\"unit\":\"H87\"},\"reason\":\"STATIC_MINIMUM_REACHED\",\"site\":\"S1\",\"to_location\":\"FACE-1\",\"transaction\":\"replenishment\",\"zone\":\"MRO\"}","key":"P-2.1/0","next_at":null,"proposal":2,"rank":2,"ruling":4,"site":"S1","state":"sent","target":"floor","transaction_type":"replenishment","zone":"MRO"}',X'006424061AF61E197353252265F98D87D8294B7873B671C16BE4F22D056DDA35');
INSERT INTO "journal" VALUES(43,'transition','P-2','2026-11-20T13:34:14.270612+00:00',NULL,NULL,'ada','{"because":"P-2.1/0","event":"send","proposal":"P-2","state":"sent"}',X'E035ABD2C63838F2FF1EB7992E24BBDE16922DF32F29B47AB4EBF381E6FD6BCF');
CREATE TABLE leg (
	entry INTEGER NOT NULL, 
	n INTEGER NOT NULL, 
	account TEXT NOT NULL, 
	material TEXT NOT NULL, 
	lot TEXT NOT NULL, 
	disposition TEXT NOT NULL, 
	scaled BIGINT NOT NULL, 
	PRIMARY KEY (entry, n), 
	CHECK (typeof(scaled) = 'integer')
);
INSERT INTO "leg" VALUES(8,0,'S1/BULK-1','VALVE','','available',40000000);
INSERT INTO "leg" VALUES(8,1,'~adjustment','VALVE','','available',-40000000);
INSERT INTO "leg" VALUES(10,0,'S1/FACE-1','VALVE','','available',2000000);
INSERT INTO "leg" VALUES(10,1,'~adjustment','VALVE','','available',-2000000);
INSERT INTO "leg" VALUES(12,0,'S1/BULK-1','VALVE','L1','available',5000000);
INSERT INTO "leg" VALUES(12,1,'~adjustment','VALVE','L1','available',-5000000);
INSERT INTO "leg" VALUES(16,0,'S1/BULK-1','VALVE','L1','available',-1000000);
INSERT INTO "leg" VALUES(16,1,'~consumed','VALVE','L1','available',1000000);
INSERT INTO "leg" VALUES(31,0,'S1/BULK-1','VALVE','','available',-8000000);
INSERT INTO "leg" VALUES(31,1,'S1/FACE-1','VALVE','','available',8000000);
INSERT INTO "leg" VALUES(34,0,'S1/FACE-1','VALVE','','available',-9000000);
INSERT INTO "leg" VALUES(34,1,'~adjustment','VALVE','','available',9000000);
CREATE TABLE master (
	kind TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	site TEXT NOT NULL, 
	body TEXT NOT NULL, 
	entry BIGINT NOT NULL, 
	PRIMARY KEY (kind, "key")
);
INSERT INTO "master" VALUES('material','VALVE','','{"criticality":0.9,"description":"","manufacturer":"","manufacturer_part_number":"","material":"VALVE","material_class":"MRO","shelf_life_days":null,"substitutes":[],"unit":"H87","unit_cost":{"amount":"30.00","currency":"EUR"}}',1);
INSERT INTO "master" VALUES('location','S1|BULK-1','S1','{"kind":"bulk","location":"BULK-1","site":"S1","zone":"MRO"}',2);
INSERT INTO "master" VALUES('location','S1|FACE-1','S1','{"kind":"pick_face","location":"FACE-1","site":"S1","zone":"MRO"}',3);
INSERT INTO "master" VALUES('supplier','SUP','','{"lead_time_days":10,"name":"","supplier":"SUP"}',4);
INSERT INTO "master" VALUES('supplier_item','VALVE|SUP','','{"lead_time_days":null,"material":"VALVE","order_quantity_min":"1","pack_size":"1","price":{"amount":"30.00","currency":"EUR"},"supplier":"SUP"}',5);
INSERT INTO "master" VALUES('stocking','S1|VALVE','S1','{"bulk":"BULK-1","material":"VALVE","order_up_to":"20","origin":"imported","pick_face":"FACE-1","pick_face_max":"10","pick_face_min":"4","reorder_point":"10","safety_stock":"0","site":"S1","zone":"MRO"}',6);
CREATE TABLE orders (
	"key" TEXT NOT NULL, 
	proposal BIGINT NOT NULL, 
	ruling BIGINT NOT NULL, 
	target TEXT NOT NULL, 
	state TEXT NOT NULL, 
	transaction_type TEXT NOT NULL, 
	action TEXT NOT NULL, 
	site TEXT NOT NULL, 
	zone TEXT NOT NULL, 
	rank BIGINT NOT NULL, 
	reference TEXT NOT NULL, 
	attempts BIGINT DEFAULT 0 NOT NULL, 
	next_at TEXT, 
	last_error TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	entry BIGINT NOT NULL, 
	PRIMARY KEY ("key"), 
	FOREIGN KEY(ruling) REFERENCES ruling (number)
);
INSERT INTO "orders" VALUES('P-1.1/0',1,2,'floor','confirmed','replenishment','{"cost":{"amount":"4.00","currency":"EUR"},"criticality":0.9,"from_location":"BULK-1","kind":"move_task","material":"VALVE","order":null,"predicted_stockout_on":null,"priority":"MEDIUM","quantity":{"amount":"8","unit":"H87"},"reason":"STATIC_MINIMUM_REACHED","site":"S1","to_location":"FACE-1","transaction":"replenishment","zone":"MRO"}','S1','MRO',2,'',0,NULL,'','2026-11-20T13:34:14.226521+00:00',27);
INSERT INTO "orders" VALUES('P-2.1/0',2,4,'floor','sent','replenishment','{"cost":{"amount":"4.00","currency":"EUR"},"criticality":0.9,"from_location":"BULK-1","kind":"move_task","material":"VALVE","order":null,"predicted_stockout_on":null,"priority":"MEDIUM","quantity":{"amount":"9","unit":"H87"},"reason":"STATIC_MINIMUM_REACHED","site":"S1","to_location":"FACE-1","transaction":"replenishment","zone":"MRO"}','S1','MRO',2,'',0,NULL,'','2026-11-20T13:34:14.270612+00:00',42);
CREATE TABLE outcome (
	proposal INTEGER NOT NULL, 
	followed TEXT NOT NULL, 
	is_right BIGINT NOT NULL, 
	worth TEXT NOT NULL, 
	currency TEXT NOT NULL, 
	because TEXT NOT NULL, 
	expected TEXT NOT NULL, 
	actual TEXT NOT NULL, 
	measured_at TEXT NOT NULL, 
	entry BIGINT NOT NULL, 
	PRIMARY KEY (proposal)
);
CREATE TABLE policy (
	version INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	activated_at TEXT NOT NULL, 
	who TEXT NOT NULL, 
	entry BIGINT NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "policy" VALUES(1,'
version = 1
title = "Test policy"
roles = ["admin", "planner", "clerk"]

[administration]
policy = ["admin"]
breakers = ["admin"]

[[people]]
id = "ada"
name = "Ada"
roles = ["admin", "planner"]

[[people]]
id = "ben"
name = "Ben"
roles = ["planner"]

[[people]]
id = "cleo"
name = "Cleo"
roles = ["clerk"]

[[grants]]
role = "planner"
transactions = ["*"]
decisions = ["*"]
sites = ["*"]
zones = ["*"]
value_max = "unlimited"

[[grants]]
role = "clerk"
transactions = ["replenishment"]
decisions = ["*"]
sites = ["*"]
zones = ["*"]
value_max = "EUR 50.00"

[[phases]]
decision = "*"
site = "*"
zone = "*"
phase = "assist"


[[approvals]]
decisions = ["*"]
transactions = ["*"]
justification_above = "EUR 500.00"
second_person_above = "EUR 5000.00"
expires_after = "3 days"
','be3595a7f9b587534376ae67c05be5345fb58b0fcf0fc3acd0f25685d2c038a4','2026-11-20T13:34:13.933556+00:00','installation',0);
CREATE TABLE proposal (
	number INTEGER NOT NULL, 
	version BIGINT NOT NULL, 
	decision TEXT NOT NULL, 
	title TEXT NOT NULL, 
	site TEXT NOT NULL, 
	zone TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	label TEXT NOT NULL, 
	headline TEXT NOT NULL, 
	state TEXT NOT NULL, 
	priority TEXT NOT NULL, 
	rank BIGINT NOT NULL, 
	cost TEXT NOT NULL, 
	inaction TEXT NOT NULL, 
	inaction_rank FLOAT NOT NULL, 
	currency TEXT NOT NULL, 
	confidence FLOAT NOT NULL, 
	basis TEXT NOT NULL, 
	decide_before TEXT NOT NULL, 
	measure_after TEXT NOT NULL, 
	expires_at TEXT, 
	as_of TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	updated_at TEXT NOT NULL, 
	body TEXT NOT NULL, 
	question TEXT NOT NULL, 
	evidence TEXT NOT NULL, 
	action_digest TEXT NOT NULL, 
	verdict TEXT NOT NULL, 
	clause TEXT NOT NULL, 
	ruling_text TEXT NOT NULL, 
	checks TEXT NOT NULL, 
	policy_version BIGINT NOT NULL, 
	entry BIGINT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "proposal" VALUES(1,1,'mro_replenishment','Replenish spare','S1','MRO','VALVE','VALVE','Carry 8 of VALVE from BULK-1 to FACE-1 for S1.','confirmed','MEDIUM',2,'4.00','12.50',12.5,'EUR',0.5,'fallback','2026-01-17T00:00:00.000000+00:00','2026-01-17T00:00:00.000000+00:00','2026-11-23T13:34:14.197610+00:00','2026-01-10T00:00:00.000000+00:00','2026-11-20T13:34:14.197610+00:00','2026-11-20T13:34:14.246925+00:00','{"actions":[{"cost":{"amount":"4.00","currency":"EUR"},"criticality":0.9,"from_location":"BULK-1","kind":"move_task","material":"VALVE","order":null,"predicted_stockout_on":null,"priority":"MEDIUM","quantity":{"amount":"8","unit":"H87"},"reason":"STATIC_MINIMUM_REACHED","site":"S1","to_location":"FACE-1","transaction":"replenishment","zone":"MRO"}],"alternatives":[{"cost":{"amount":"12.50","currency":"EUR"},"what":"Do nothing.","why_not":"How soon stock runs out is not known: there is no forecast."},{"cost":{"amount":"16.50","currency":"EUR"},"what":"Fetch 1 from BULK-1 whenever one is needed.","why_not":"A technician waits each time."}],"basis":"fallback","basis_note":"No forecast is recorded for it: too little history, or the model has not run yet.","changes":[{"after":"10","now":"2","what":"Pick face FACE-1"},{"after":"36","now":"44","what":"Bulk BULK-1"}],"confidence":0.5,"cost":{"amount":"4.00","currency":"EUR"},"cost_of_inaction":{"amount":"12.50","currency":"EUR"},"decide_before":"2026-01-17T00:00:00Z","expectations":[{"name":"stock and open orders","unit":"H87","value":2.0},{"name":"floor","unit":"H87","value":4.0},{"name":"position","unit":"H87","value":46.0},{"name":"cost of a missing unit","unit":"EUR","value":25.0},{"name":"cost of holding the addition","unit":"EUR","value":0.02}],"headline":"Carry 8 of VALVE from BULK-1 to FACE-1 for S1.","inaction":"How soon stock runs out is not known: there is no forecast.","measure_after":"2026-01-17T00:00:00Z","priority":"MEDIUM","reasons":["Pick face FACE-1 holds 2, its minimum is 4, and BULK-1 has free stock.","VALVE at S1: Position 46 at S1 (46 free, 0 on order, 0 planned for maintenance by 2026-01-21) is above the static reorder point 10."],"series":[],"subject":{"key":"VALVE","label":"VALVE","site":"S1","zone":"MRO"},"would_flip":["If 5 or more were at the pick face (it is 2)."]}','{"case":{"as_of":"2026-01-10T00:00:00Z","demand":null,"levels":{"bulk":"BULK-1","material":"VALVE","order_up_to":"20","origin":"imported","pick_face":"FACE-1","pick_face_max":"10","pick_face_min":"4","reorder_point":"10","safety_stock":"0","site":"S1","zone":"MRO"},"material":{"criticality":0.9,"description":"","manufacturer":"","manufacturer_part_number":"","material":"VALVE","material_class":"MRO","shelf_life_days":null,"substitutes":[],"unit":"H87","unit_cost":{"amount":"30.00","currency":"EUR"}},"offers":[{"late_days":0.0,"late_fraction":0.0,"lead_time":{"basis":"declared","days":[10],"observations":0,"probabilities":[1.0],"q90_days":10},"minimum":"1","name":"SUP","pack":"1","price":{"amount":"30.00","currency":"EUR"},"supplier":"SUP"}],"others":[],"part":{"overdue":[],"places":[{"counted_at":"2026-01-10T00:00:00Z","incoming":"0","location":"BULK-1","location_kind":"bulk","lot":"","on_hand":"40","reserved":"0","zone":"MRO"},{"counted_at":"2026-01-10T00:00:00Z","incoming":"0","location":"BULK-1","location_kind":"bulk","lot":"L1","on_hand":"4","reserved":"0","zone":"MRO"},{"counted_at":"2026-01-10T00:00:00Z","incoming":"0","location":"FACE-1","location_kind":"pick_face","lot":"","on_hand":"2","reserved":"0","zone":"MRO"}],"planned":[],"site":"S1","supply":[],"zone":"MRO"},"stoppage":null},"forecast":null,"site":"S1"}','["#1","#4","#5","#6","#8","#10","#16","#17"]','d5685337d6294be1aae8b949fbea7281c42343bb20427c6b676c663607da256d','cleared','grants','cleared by ada','[{"clause":"phases[1].phase","passed":false,"text":"mro_replenishment is assisted; a person approves each one (rule for any decision, any site, any zone)"},{"clause":"approvals[1].justification_above","passed":true,"text":"cost EUR 4.00 is within EUR 500.00"},{"clause":"approvals[1].second_person_above","passed":true,"text":"cost EUR 4.00 is within EUR 5,000.00"}]',1,20);
INSERT INTO "proposal" VALUES(2,1,'mro_replenishment','Replenish spare','S1','MRO','VALVE','VALVE','Carry 9 of VALVE from BULK-1 to FACE-1 for S1.','sent','MEDIUM',2,'4.00','12.50',12.5,'EUR',0.5,'fallback','2026-01-17T00:00:00.000000+00:00','2026-01-17T00:00:00.000000+00:00','2026-11-23T13:34:14.260404+00:00','2026-01-10T00:00:00.000000+00:00','2026-11-20T13:34:14.260404+00:00','2026-11-20T13:34:14.270612+00:00','{"actions":[{"cost":{"amount":"4.00","currency":"EUR"},"criticality":0.9,"from_location":"BULK-1","kind":"move_task","material":"VALVE","order":null,"predicted_stockout_on":null,"priority":"MEDIUM","quantity":{"amount":"9","unit":"H87"},"reason":"STATIC_MINIMUM_REACHED","site":"S1","to_location":"FACE-1","transaction":"replenishment","zone":"MRO"}],"alternatives":[{"cost":{"amount":"12.50","currency":"EUR"},"what":"Do nothing.","why_not":"How soon stock runs out is not known: there is no forecast."},{"cost":{"amount":"16.50","currency":"EUR"},"what":"Fetch 1 from BULK-1 whenever one is needed.","why_not":"A technician waits each time."}],"basis":"fallback","basis_note":"No forecast is recorded for it: too little history, or the model has not run yet.","changes":[{"after":"10","now":"1","what":"Pick face FACE-1"},{"after":"27","now":"36","what":"Bulk BULK-1"}],"confidence":0.5,"cost":{"amount":"4.00","currency":"EUR"},"cost_of_inaction":{"amount":"12.50","currency":"EUR"},"decide_before":"2026-01-17T00:00:00Z","expectations":[{"name":"stock and open orders","unit":"H87","value":1.0},{"name":"floor","unit":"H87","value":4.0},{"name":"position","unit":"H87","value":37.0},{"name":"cost of a missing unit","unit":"EUR","value":25.0},{"name":"cost of holding the addition","unit":"EUR","value":0.02}],"headline":"Carry 9 of VALVE from BULK-1 to FACE-1 for S1.","inaction":"How soon stock runs out is not known: there is no forecast.","measure_after":"2026-01-17T00:00:00Z","priority":"MEDIUM","reasons":["Pick face FACE-1 holds 1, its minimum is 4, and BULK-1 has free stock.","VALVE at S1: Position 37 at S1 (37 free, 0 on order, 0 planned for maintenance by 2026-01-21) is above the static reorder point 10."],"series":[],"subject":{"key":"VALVE","label":"VALVE","site":"S1","zone":"MRO"},"would_flip":["If 5 or more were at the pick face (it is 1)."]}','{"case":{"as_of":"2026-01-10T00:00:00Z","demand":null,"levels":{"bulk":"BULK-1","material":"VALVE","order_up_to":"20","origin":"imported","pick_face":"FACE-1","pick_face_max":"10","pick_face_min":"4","reorder_point":"10","safety_stock":"0","site":"S1","zone":"MRO"},"material":{"criticality":0.9,"description":"","manufacturer":"","manufacturer_part_number":"","material":"VALVE","material_class":"MRO","shelf_life_days":null,"substitutes":[],"unit":"H87","unit_cost":{"amount":"30.00","currency":"EUR"}},"offers":[{"late_days":0.0,"late_fraction":0.0,"lead_time":{"basis":"declared","days":[10],"observations":0,"probabilities":[1.0],"q90_days":10},"minimum":"1","name":"SUP","pack":"1","price":{"amount":"30.00","currency":"EUR"},"supplier":"SUP"}],"others":[],"part":{"overdue":[],"places":[{"counted_at":"2026-01-10T00:00:00Z","incoming":"0","location":"BULK-1","location_kind":"bulk","lot":"","on_hand":"32","reserved":"0","zone":"MRO"},{"counted_at":"2026-01-10T00:00:00Z","incoming":"0","location":"BULK-1","location_kind":"bulk","lot":"L1","on_hand":"4","reserved":"0","zone":"MRO"},{"counted_at":"2026-01-10T00:00:00Z","incoming":"0","location":"FACE-1","location_kind":"pick_face","lot":"","on_hand":"1","reserved":"0","zone":"MRO"}],"planned":[],"site":"S1","supply":[],"zone":"MRO"},"stoppage":null},"forecast":null,"site":"S1"}','["#1","#4","#5","#6","#16","#17","#31","#34"]','e03627b310a2651898d31440a3a37ad0e13de53ad66ef7d6887b04cf3582b7da','cleared','grants','cleared by ada','[{"clause":"phases[1].phase","passed":false,"text":"mro_replenishment is assisted; a person approves each one (rule for any decision, any site, any zone)"},{"clause":"approvals[1].justification_above","passed":true,"text":"cost EUR 4.00 is within EUR 500.00"},{"clause":"approvals[1].second_person_above","passed":true,"text":"cost EUR 4.00 is within EUR 5,000.00"}]',1,35);
CREATE TABLE refusal (
	decision TEXT NOT NULL, 
	site TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	label TEXT NOT NULL, 
	code TEXT NOT NULL, 
	because TEXT NOT NULL, 
	at TEXT NOT NULL, 
	PRIMARY KEY (decision, site, subject)
);
CREATE TABLE reservation (
	"key" TEXT NOT NULL, 
	n INTEGER NOT NULL, 
	account TEXT NOT NULL, 
	material TEXT NOT NULL, 
	lot TEXT NOT NULL, 
	disposition TEXT NOT NULL, 
	site TEXT NOT NULL, 
	location TEXT NOT NULL, 
	to_site TEXT NOT NULL, 
	to_location TEXT NOT NULL, 
	scaled BIGINT NOT NULL, 
	state TEXT NOT NULL, 
	for_order TEXT, 
	entry BIGINT NOT NULL, 
	PRIMARY KEY ("key", n)
);
INSERT INTO "reservation" VALUES('P-1.1/0',0,'S1/BULK-1','VALVE','','available','S1','BULK-1','S1','FACE-1',8000000,'posted',NULL,30);
INSERT INTO "reservation" VALUES('P-2.1/0',0,'S1/BULK-1','VALVE','','available','S1','BULK-1','S1','FACE-1',9000000,'open',NULL,41);
CREATE TABLE ruling (
	number INTEGER NOT NULL, 
	proposal BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	verdict TEXT NOT NULL, 
	cleared_by TEXT NOT NULL, 
	clause TEXT NOT NULL, 
	policy_version BIGINT NOT NULL, 
	justification TEXT NOT NULL, 
	action_digests TEXT NOT NULL, 
	cost TEXT NOT NULL, 
	currency TEXT NOT NULL, 
	at TEXT NOT NULL, 
	entry BIGINT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "ruling" VALUES(1,1,1,'awaiting','[]','phases[1].phase',1,'','["f72ab80a7f96b8dd3f30d93703331c098899c126a3e7ebd666709c8e4c4ae695"]','4.00','EUR','2026-11-20T13:34:14.197610+00:00',22);
INSERT INTO "ruling" VALUES(2,1,1,'cleared','["ada"]','grants',1,'the pick face runs empty','["f72ab80a7f96b8dd3f30d93703331c098899c126a3e7ebd666709c8e4c4ae695"]','4.00','EUR','2026-11-20T13:34:14.226521+00:00',24);
INSERT INTO "ruling" VALUES(3,2,1,'awaiting','[]','phases[1].phase',1,'','["5b6242d958637323a9ac6846a30c693b8fc34b8b2ca5ee8481b311afe1a0e88b"]','4.00','EUR','2026-11-20T13:34:14.260404+00:00',37);
INSERT INTO "ruling" VALUES(4,2,1,'cleared','["ada"]','grants',1,'again it runs empty','["5b6242d958637323a9ac6846a30c693b8fc34b8b2ca5ee8481b311afe1a0e88b"]','4.00','EUR','2026-11-20T13:34:14.270612+00:00',39);
CREATE TABLE sender (
	source TEXT NOT NULL, 
	account TEXT NOT NULL, 
	entry BIGINT NOT NULL, 
	PRIMARY KEY (source)
);
CREATE TABLE supply (
	"key" TEXT NOT NULL, 
	site TEXT NOT NULL, 
	material TEXT NOT NULL, 
	supplier TEXT, 
	state TEXT NOT NULL, 
	scaled BIGINT NOT NULL, 
	received BIGINT DEFAULT 0 NOT NULL, 
	promised_on TEXT, 
	order_key TEXT, 
	for_order TEXT, 
	decision TEXT, 
	entry BIGINT NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE transition (
	proposal INTEGER NOT NULL, 
	n INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	event TEXT NOT NULL, 
	state TEXT NOT NULL, 
	who TEXT NOT NULL, 
	because TEXT NOT NULL, 
	entry BIGINT NOT NULL, 
	PRIMARY KEY (proposal, n)
);
INSERT INTO "transition" VALUES(1,1,'2026-11-20T13:34:14.197610+00:00','propose','waiting','chargehand','mro_replenishment is assisted; a person approves each one (rule for any decision, any site, any zone)',21);
INSERT INTO "transition" VALUES(1,2,'2026-11-20T13:34:14.226521+00:00','clear','cleared','ada','the pick face runs empty',25);
INSERT INTO "transition" VALUES(1,3,'2026-11-20T13:34:14.226521+00:00','send','sent','ada','P-1.1/0',28);
INSERT INTO "transition" VALUES(1,4,'2026-11-20T13:34:14.246925+00:00','confirm','confirmed','ben','order P-1.1/0',32);
INSERT INTO "transition" VALUES(2,1,'2026-11-20T13:34:14.260404+00:00','propose','waiting','chargehand','mro_replenishment is assisted; a person approves each one (rule for any decision, any site, any zone)',36);
INSERT INTO "transition" VALUES(2,2,'2026-11-20T13:34:14.270612+00:00','clear','cleared','ada','again it runs empty',40);
INSERT INTO "transition" VALUES(2,3,'2026-11-20T13:34:14.270612+00:00','send','sent','ada','P-2.1/0',43);
CREATE TABLE usage (
	entry INTEGER NOT NULL, 
	site TEXT NOT NULL, 
	material TEXT NOT NULL, 
	used_on TEXT NOT NULL, 
	scaled BIGINT NOT NULL, 
	asset TEXT, 
	for_order TEXT, 
	PRIMARY KEY (entry)
);
INSERT INTO "usage" VALUES(13,'S1','VALVE','2025-03-05',1000000,NULL,NULL);
INSERT INTO "usage" VALUES(15,'S1','VALVE','2026-01-10',1000000,NULL,NULL);
CREATE INDEX journal_by_kind ON journal (kind, "key");
CREATE INDEX inbox_faults ON inbox (entry) WHERE status <> 'accepted';
CREATE INDEX master_by_site ON master (kind, site);
CREATE INDEX balance_by_site ON balance (site, material);
CREATE INDEX usage_by_site ON usage (site, used_on, material);
CREATE INDEX supply_open ON supply (site, state, material);
CREATE INDEX supply_by_order ON supply (order_key) WHERE order_key IS NOT NULL;
CREATE INDEX reservation_open ON reservation (state, site) WHERE state = 'open';
CREATE INDEX proposal_list ON proposal (state, rank, decide_before, number);
CREATE INDEX proposal_due ON proposal (measure_after);
CREATE INDEX proposal_by_subject ON proposal (decision, site, subject);
CREATE INDEX proposal_by_change ON proposal (updated_at);
CREATE INDEX ruling_by_time ON ruling (at) WHERE verdict = 'cleared';
CREATE INDEX ruling_by_proposal ON ruling (proposal, version);
CREATE INDEX orders_by_state ON orders (state, next_at);
CREATE INDEX orders_by_proposal ON orders (proposal);
CREATE INDEX job_due ON job (run_at);
CREATE UNIQUE INDEX proposal_open ON proposal (decision, site, subject) WHERE state IN ('waiting', 'observed');
COMMIT;
