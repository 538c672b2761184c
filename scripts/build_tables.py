"""Build the evaluator's tables from job posts, occupations and skills.

    python -m scripts.build_tables FOLDER

FOLDER holds microsoft_careers_sample.json, onet_occupation_data.txt and skills.json (see NOTICE for their sources).
"""

import argparse
import csv
import json
from collections import Counter, defaultdict
from pathlib import Path

from cveval_evaluate.local.text import sentences, stem

DATA = Path(__file__).parents[1] / "functions" / "evaluate" / "src" / "cveval_evaluate" / "local" / "data"
RAREST = 3
"""A stem in fewer documents is noise: it gets the weight of an unknown one. That an occupation is described with it makes it English."""
MORE_SKILLS = """
# What the raw list lacks or names otherwise: skill = aliases, one a line.
JavaScript = JS, ECMAScript, ES6
TypeScript = TS
Kubernetes = k8s, AKS, EKS, GKE
PostgreSQL = Postgres
Go = Golang
Node.js = NodeJS, Node JS
Amazon Web Services = AWS
Google Cloud = GCP, Google Cloud Platform
Azure = Microsoft Azure
Continuous integration = CI/CD, CI CD, CI-CD, CICD, CI, continuous delivery, continuous deployment
Machine learning = ML
Deep learning =
Artificial intelligence = AI
Natural language processing = NLP
Computer vision =
React = React.js, ReactJS
Vue.js = Vue, VueJS
AngularJS =
Angular =
REST API = REST APIs, RESTful, RESTful API, RESTful APIs, REST, Web API, Web APIs, HTTP API, HTTP APIs
OpenAPI = Swagger
FastAPI =
Microservices = microservice, micro-services, service-oriented architecture, SOA
Distributed systems = distributed system, distributed computing
LangChain =
Large language models = LLM, LLMs, large language model
Retrieval-augmented generation = RAG
Vector database = vector databases, vector store
Prompt engineering = prompt design
Terraform =
C++ = cpp
C =
C# = csharp, C sharp
F# = F sharp
Objective-C = Objective C
.NET = dotnet, .NET Core
ASP.NET = ASP.NET Core
SQL Server = MS SQL, MSSQL, Microsoft SQL Server, T-SQL, Azure SQL
SQL =
Relational database = relational databases, RDBMS
NoSQL =
Message Queue = message queues, message broker, message brokers
Apache Spark = Spark, PySpark
Apache Kafka = Kafka
Hadoop = Apache Hadoop
Hive = Apache Hive
Airflow = Apache Airflow
Databricks =
dbt =
ETL = ELT, data pipelines, data pipeline
Data modeling = data modelling, data model, data models
Data warehouse = data warehousing, data warehouses
Data visualization = data visualisation, dashboards, dashboard
Data analysis = data analytics, analyse data, analyze data
Data mining =
Data science =
Statistics = statistical analysis, statistical modelling, statistical modeling
A/B testing = A/B tests, AB testing, split testing, experimentation, controlled experiments
Regression analysis = linear regression, logistic regression, regression models
Time series = time-series, forecasting
Power BI = PowerBI
Tableau =
Excel = Microsoft Excel, MS Excel
SAS =
SPSS =
R =
Git = GitHub, GitLab, Bitbucket
Version control = source control
Object-oriented programming = OOP, object-oriented, object-oriented design, object oriented
Design patterns = design pattern
Unit testing = unit tests, test-driven development, TDD
Test automation = automated testing, automated tests
pytest =
Embedded systems = embedded software, embedded system, embedded
Firmware =
Real-time operating system = RTOS, FreeRTOS, ThreadX, Zephyr
Device drivers = device driver, drivers
Microcontrollers = microcontroller, MCU
ARM = ARM Cortex, Cortex-M
I2C =
SPI =
UART =
USB =
PCIe = PCI Express
Bluetooth = BLE
FPGA = FPGAs, field-programmable gate array
ASIC = ASICs
Verilog =
SystemVerilog = System Verilog
VHDL =
RTL design = RTL
UVM =
Static timing analysis = STA, timing closure
Vivado =
Quartus =
Oscilloscope = oscilloscopes, logic analyzer, logic analyser
PCB design = PCB, PCBs
Debugging = debuggers
Linux = Unix
Windows =
Networking = TCP/IP, computer networks
Virtualization = virtualisation, virtual machines
DevOps =
Site reliability engineering = SRE
Monitoring = observability
Agile = agile methods, agile development
Scrum =
Kanban =
Jira =
Project management = project manager
Program management = programme management, program manager, programme manager
Product management = product manager
Product roadmap = roadmap, roadmaps
Stakeholder management = stakeholders
Requirements engineering = requirements gathering, requirements analysis
User stories = user story, product specs, functional specifications
User experience = UX
User interface = UI, user interfaces
User research = UX research, design research, customer research
Usability testing = usability tests, usability studies, usability study
Interaction design =
Visual design =
Graphic design =
Wireframing = wireframes, wireframe
Prototyping = prototypes, prototype
Storyboards = storyboard, storyboarding
Design systems = design system, design language, style guide
Personas = persona
Information architecture =
Accessibility = WCAG
Ethnography = ethnographic, field studies, contextual inquiry
Interviewing = user interviews, interviews
Surveys = survey design, questionnaires
Qualitative research = qualitative methods
Quantitative research = quantitative methods
Figma =
Sketch =
InVision =
Adobe XD =
Adobe Creative Suite = Adobe Creative Cloud, Adobe Suite
Photoshop = Adobe Photoshop
Illustrator = Adobe Illustrator
Marketing analytics = marketing analysis
Market research =
Digital marketing = online marketing
Campaign management = campaigns
Customer segmentation = segmentation
SEO = search engine optimization, search engine optimisation
Paid search = SEM, search engine marketing, Google Ads
Email marketing =
Social media =
Google Analytics =
Adobe Analytics =
CRM = Salesforce, Microsoft Dynamics, customer relationship management
Content strategy = content marketing
Copywriting =
Technical writing = technical documentation
Public speaking = presentations, presenting
Incident response = incident management, incident handling
SIEM = Splunk, Sentinel
Threat intelligence =
Threat modelling = threat modeling
Vulnerability management = vulnerability assessment
Penetration testing = pentesting, penetration tests
Malware analysis = reverse engineering
Digital forensics = forensics
Information security = cybersecurity, cyber security, security operations
Network security =
CISSP =
ISO 27001 = ISO/IEC 27001
NIST =
GDPR = data protection
Identity management = IAM, Active Directory
Customer support = technical support, customer service
Troubleshooting = root cause analysis
Cloud computing = cloud services, cloud technologies, cloud technology
Cloud architecture = solution architecture, cloud solutions
PowerShell =
Bash = shell scripting, shell scripts
Partnerships = partnership management, partner management
Event management = events, event planning, workshops
Curriculum development = curriculum, curricula, course design
Outreach = community engagement, public engagement
Fundraising = grant writing, grants
Negotiation = contract negotiation, negotiating
Budgeting = budget management, budgets, budget
Financial analysis = financial modelling, financial modeling
Accounting = bookkeeping, accountancy, management accounts, statutory accounts, year-end accounts
Account reconciliation = account reconciliations, bank reconciliation, bank reconciliations, balance sheet reconciliation, balance sheet reconciliations
Accounts payable = purchase ledger
Accounts receivable = sales ledger
Month-end close = month end close, month-end closing
VAT =
CIMA = ACMA, CGMA
ACCA = FCCA
AAT =
Auditing = audits, audit
Procurement = purchasing
Supply chain = logistics, supply-chain
Warehouse management = WMS, warehouse operations
Inventory management = inventory control, stock control, stock management
Freight forwarding =
Recruiting = recruitment, talent acquisition
Payroll =
Account management = key account management
Business development =
Go-to-market = go to market, GTM
Operating systems = operating system
Quality assurance = QA
Quantum computing = quantum
Patient care = nursing care
Lesson planning = lesson plans, planning lessons
CAD = AutoCAD, SolidWorks
SAP = SAP ERP, SAP R/3, SAP FI, SAP CO, SAP MM, SAP SD, S/4HANA, SAP S/4HANA, SAP HANA
ABAP =
ERP = enterprise resource planning
ServiceNow =
VBA = Excel macros
PowerPoint = Microsoft PowerPoint, MS PowerPoint
QuickBooks =
Xero =
Sage =
NetSuite = Oracle NetSuite
Dynamics NAV = Navision, Business Central
Odoo =
IFRS =
GAAP = US GAAP
Financial reporting =
HACCP =
Lean = lean management, lean manufacturing, lean production
Six Sigma = Lean Six Sigma
MLOps =
MLflow =
Hugging Face =
Amazon S3 = S3
Amazon EC2 = EC2
AWS Lambda = Lambda functions
CloudFormation =
Redshift = Amazon Redshift
BigQuery = Google BigQuery
Looker =
Pulumi =
Argo CD = ArgoCD
OpenTelemetry =
OAuth = OAuth2, OAuth 2.0, OpenID Connect, OIDC
JWT = JSON Web Token, JSON Web Tokens
WebSocket = WebSockets
Playwright =
Scala =
Svelte =
"""
NARROWER = """
# Broader skill < skills that are a kind of it, or that nobody uses without it. Never what is only often seen with it (Docker and
# Kubernetes), and no tool for a whole profession (Jira for project management).
# Programming
JavaScript < TypeScript, React, React Native, Angular, AngularJS, Vue.js, Svelte, Ember.js, Backbone.js, Node.js, Express js, Next.js, jQuery, Redux, D3.js
TypeScript < Angular 2
React < Next.js, Redux, Gatsby
Node.js < Express js
Python < Django, Flask, FastAPI, Celery, pytest, Pandas, NumPy, scikit-learn, SQLAlchemy, Gunicorn, PyTorch, Jupyter Notebook, Django REST framework
Django < Django REST framework
Java < Spring, Spring Boot, Spring Cloud, Hibernate, JUnit, Dropwizard, Apache Tomcat
Spring < Spring Boot, Spring Cloud
Ruby < Rails, RSpec, Sinatra, Sidekiq
PHP < Laravel, Symfony, CakePHP, CodeIgniter, Yii, Zend Framework, Doctrine 2, PHPUnit
.NET < ASP.NET, C#, F#
Object-oriented programming < Java, C#
Functional programming < Haskell, Elixir, Clojure, F#, Elm, Erlang
Scripting language < Python, Perl, Ruby, Bash, PowerShell, PHP, JavaScript, Lua
Computer programming < Python, Java, C, C++, C#, Go, Rust, Kotlin, Swift, Scala, Ruby, PHP, JavaScript, Fortran, COBOL, ABAP, Objective-C, Visual Basic, VBA, MATLAB, .NET
Front end < React, Angular, AngularJS, Vue.js, Svelte, Ember.js, HTML, CSS
HTML < HTML5, Semantic HTML
CSS < Sass, Tailwind CSS, Bootstrap, styled-components
SAP < ABAP
# Interfaces
Application programming interface < REST API, GraphQL, gRPC, OpenAPI, FastAPI, Django REST framework
Remote procedure call < gRPC
Web service < REST API, GraphQL
REST API < OpenAPI, FastAPI, Django REST framework, Rails API
# Data
SQL < PostgreSQL, MySQL, MariaDB, SQL Server, SQLite, BigQuery, Redshift, Snowflake, dbt, PostGIS
Relational database < PostgreSQL, MySQL, MariaDB, SQL Server, SQLite, IBM DB2, Amazon RDS, Google Cloud SQL
PostgreSQL < PostGIS, Amazon RDS for PostgreSQL, Heroku Postgres
Amazon RDS < Amazon RDS for PostgreSQL, Amazon RDS for Aurora
NoSQL < MongoDB, Cassandra, CouchDB, Couchbase, Redis, Amazon DynamoDB, Azure Cosmos DB, HBase, Neo4j, Elasticsearch, Riak, Google Cloud Bigtable
MongoDB < MongoDB Atlas, Mongoose
Data warehouse < Snowflake, Redshift, BigQuery, Hive
ETL < Airflow, dbt, Google Cloud Dataflow
Big data < Apache Spark, Hadoop, Hive, HBase, Databricks, Amazon EMR, Apache Flink
Apache Spark < Databricks
Hadoop < Hive, HBase
Stream Processing < Apache Flink, Amazon Kinesis
Message Queue < RabbitMQ, Apache Kafka, ActiveMQ, ZeroMQ, Amazon SQS, NATS, NSQ, Beanstalkd
Data analysis < Exploratory data analysis, Statistics, Data mining, Pandas, Marketing analytics, Financial analysis
Data visualization < Tableau, Power BI, Looker, Superset, Metabase, Grafana, D3.js, Plotly
Business Intelligence < Tableau, Power BI, Looker, Superset, Metabase
Statistics < Regression analysis, Analysis of variance, Bayesian inference, Multivariate statistics, SPSS, SAS
Machine learning < Deep learning, Supervised learning, Unsupervised learning, Reinforcement learning, scikit-learn, TensorFlow, PyTorch, Keras, Random forest, Support vector machine, Ensemble learning, Amazon Machine Learning, Azure Machine Learning, MLOps, Recommender system
Deep learning < TensorFlow, PyTorch, Keras
Artificial intelligence < Machine learning, Natural language processing, Computer vision, Large language models
Natural language processing < Sentiment analysis, Named entity, Topic model
Large language models < Retrieval-augmented generation, LangChain, Prompt engineering
Computer vision < OpenCV, Object detection, Image segmentation, Facial recognition system
MLOps < MLflow
# Cloud
Cloud computing < Amazon Web Services, Azure, Google Cloud, DigitalOcean, Heroku, Cloud architecture, OpenStack
Amazon Web Services < Amazon EC2, Amazon S3, Amazon RDS, AWS Lambda, Amazon DynamoDB, Amazon SQS, Amazon SNS, Amazon EKS, Amazon EMR, Amazon Kinesis, Amazon Athena, Amazon CloudFront, Amazon CloudWatch, Amazon Cognito, Amazon API Gateway, Amazon EBS, Amazon ElastiCache, Amazon Route 53, Amazon VPC, AWS Fargate, AWS IAM, AWS CloudFormation, CloudFormation, AWS CodePipeline, AWS Elastic Beanstalk, Redshift
Azure < Azure Functions, Azure Storage, Azure Cosmos DB, Azure Machine Learning, Azure Websites
Google Cloud < BigQuery, Google App Engine, Google Compute Engine, Google Cloud Functions, Google Cloud Storage, Google Cloud SQL, Google Cloud Dataflow, Google Cloud Bigtable, Google Kubernetes Engine
Serverless < AWS Lambda, Azure Functions, Google Cloud Functions, AWS Fargate
Cloud Storage < Amazon S3, Azure Storage, Google Cloud Storage
Docker < Docker Compose, Docker Swarm
Kubernetes < Amazon EKS, Google Kubernetes Engine, Helm, OpenShift, Argo CD
Virtualization < VMware vSphere, VirtualBox
# Building, testing, running
Version control < Git, Mercurial
Version Control System < Git, Mercurial
Git < GitHub Enterprise, GitLab CI
Continuous integration < Jenkins, GitLab CI, CircleCI, Travis CI, TeamCity, Bamboo, Buildkite, Drone.io, Concourse, AWS CodePipeline, Argo CD
Test automation < Unit testing, Selenium, Cypress, Playwright, Appium, Cucumber, Protractor, Puppeteer
Unit testing < pytest, JUnit, PHPUnit, RSpec, Jest, Mocha, Jasmine
Quality assurance < Test automation, Functional testing, System testing
Load and Performance Testing < Locust, Gatling
Monitoring < Prometheus, Grafana, Datadog, New Relic, OpenTelemetry, Amazon CloudWatch, Sentry, Log Management
Log Management < Logstash, Kibana, Fluentd
Elasticsearch < Kibana
Server Configuration and Automation < Ansible, Chef, Puppet Labs, Terraform, Pulumi, CloudFormation
Operating systems < Linux, Windows, macOS, Real-time operating system
Linux < Ubuntu, Debian, Centos, Fedora, Arch Linux, Alpine Linux
Code quality < SonarQube, Code Review, ESLint, RuboCop
Issue Tracking < Jira, Redmine
Web server < nginx, Apache HTTP Server, Caddy, Apache Tomcat
# Security
Authentication < OAuth, JWT, Auth0, Amazon Cognito, OmniAuth
Access control < Identity management
Information security < Penetration testing, Vulnerability management, Threat modelling, Threat intelligence, Malware analysis, Digital forensics, SIEM, Network security, Database security, Intrusion detection system, ISO 27001, CISSP
Computer security < Information security
Secrets Management < Vault
# Machines
Embedded systems < Firmware, Microcontrollers, Real-time operating system, ARM, Arduino
Microcontrollers < ARM, Arduino
FPGA < Vivado, Quartus
RTL design < Verilog, SystemVerilog, VHDL
Signal processing < Digital signal processing, Image processing, Speech processing
Networking < Software-defined networking, Local area network, Wide area network, Routing protocol
Computer network < Networking
# Design and research
Prototyping < Wireframing, Figma, InVision, Adobe XD, Framer
User interface < Wireframing, Figma, Adobe XD, Graphical user interface
User experience < User research, Usability testing, Interaction design, Wireframing, Personas, Information architecture
User research < Usability testing, Ethnography
Interaction design < Wireframing
Graphic design < Photoshop, Illustrator, Adobe Creative Suite
Adobe Creative Suite < Photoshop, Illustrator
Qualitative research < Ethnography
Quantitative research < A/B testing
# Working methods
Agile < Scrum, Kanban, Agile Project Management
Project management < Agile Project Management, Program management, Critical path method
Requirements engineering < User stories
Lean < Six Sigma
# Marketing and sales
Digital marketing < SEO, Paid search, Email marketing, Social media, Google Analytics, Marketing Automation
Marketing analytics < Google Analytics, Adobe Analytics
Email marketing < MailChimp
Marketing Automation < HubSpot
CRM < HubSpot, Zoho CRM, Salesforce Sales Cloud
Ecommerce < Shopify, Magento, WooCommerce, PrestaShop
Content management < WordPress, Drupal
# Finance, service
Accounting < Financial reporting, Account reconciliation, Accounts payable, Accounts receivable, Month-end close, VAT, CIMA, ACCA, AAT, QuickBooks, Xero, Sage, IFRS, GAAP
Financial reporting < IFRS, GAAP
ERP < SAP, Sage, NetSuite, Dynamics NAV, Odoo
Supply chain < Warehouse management, Inventory management, Freight forwarding
Customer support < Zendesk, Help Desk
Excel < VBA
"""
DROPPED = frozenset(
    # Concepts that no job asks for by name, and headings of the raw list's catalogue.
    [
        "heap",
        "realm",
        "data-file",
        "programming-language",
        "network-topology",
        "operating-system",
        "computer-science",
        "computer-engineering",
        "electrical-engineering",
        "electronic-engineering",
        "mechanical-engineering",
        "software-engineering",
        "civil-engineering",
        "industrial-engineering",
        "operations-research",
        "systems-engineering",
        "first-class",
        "domain-knowledge",
        "technological-change",
        "body-text",
        "back-office",
        "display-device",
        "communication-in-small-groups",
        "facial-expression",
        "eye-movement",
        "color-vision",
        "research",
        "writing",
        "information-overload",
        "economic-policy",
        "search-box",
        "text-box",
        "response-time",
        "reference-frame",
        "subject-access",
        "title-search",
        "source-document",
        "user-profile",
        "duplicate-content",
        "dynamic-data",
        "application-and-data",
        "assets-and-media",
        "business-tools",
        "build-test-deploy",
        "communications",
        "communications-sdk",
        "complex-system",
        "electronic-document",
        "engineering-ethics",
        "financial-system",
        "information-discovery",
        "information-integration",
        "information-model",
        "missing-data",
        "object-model",
        "performance-metric",
        "point-location",
        "process-management",
        "resource-allocation",
        "remote-control",
        "result-set",
        "shared-resource",
        "stop-words",
        "system-integration",
        "task-management",
        "time-constraint",
        "training-set",
        "transition-system",
        "trend-analysis",
        "virtual-organization",
        "visual-inspection",
        "web-document",
        "accounting",
    ]
)
NO_SUFFIXES = (
    "tools",
    "hosting",
    "services",
    "frameworks",
    "databases",
    "analytics",
    "backend",
    "builder",
    "monitoring",
    "apis",
)
AS_WRITTEN = [
    "Ansible",
    "Ant",
    "Apollo",
    "Atom",
    "Babel",
    "Bamboo",
    "Bash",
    "Bower",
    "Brackets",
    "Brunch",
    "Buffer",
    "Caddy",
    "Cassandra",
    "Chef",
    "Clojure",
    "Compass",
    "Concourse",
    "Conductor",
    "Confluence",
    "Consul",
    "Crystal",
    "Cucumber",
    "Cypress",
    "Dart",
    "Dash",
    "Druid",
    "Echo",
    "Eclipse",
    "Electron",
    "Elixir",
    "Ember",
    "Eureka",
    "Excel",
    "Express",
    "Fabric",
    "Flask",
    "Flink",
    "Flux",
    "Gatling",
    "Grape",
    "Helm",
    "Hive",
    "Impala",
    "Julia",
    "Koa",
    "Maven",
    "Metis",
    "Meteor",
    "Mocha",
    "Nomad",
    "Notion",
    "Oracle",
    "Packer",
    "Parcel",
    "Phoenix",
    "Play",
    "Postman",
    "Presto",
    "Prisma",
    "Puppet",
    "Quartus",
    "Rails",
    "React",
    "REST",
    "Riot",
    "Rocket",
    "Ruby",
    "Rust",
    "Sage",
    "Sails",
    "Scaffold",
    "Segment",
    "Sentinel",
    "Sentry",
    "Sketch",
    "Slack",
    "Slim",
    "Snowflake",
    "Sonar",
    "Spark",
    "Spring",
    "STA",
    "Storm",
    "Surge",
    "Swift",
    "Unity",
    "Vault",
    "Windows",
    "Lean",
    "Looker",
    "Playwright",
    "Yarn",
    "Zephyr",
    "Zoom",
    "Zeplin",
    "SOA",
    "Illustrator",
    "InVision",
    "Vue",
    "Angular",
]
ORDINARY_SKILLS = frozenset(
    [
        "asp.net",
        "android",
        "angular",
        "authentication",
        "azure",
        "c#",
        "c++",
        "crm",
        "css",
        "cryptography",
        "debugging",
        "devops",
        "docker",
        "encryption",
        "github",
        "go",
        "html",
        "html5",
        "hadoop",
        "json",
        "java",
        "javascript",
        "kafka",
        "keras",
        "kubernetes",
        "linux",
        "localization",
        "matlab",
        "microservices",
        "nosql",
        "objective-c",
        "pytorch",
        "python",
        "rails",
        "react",
        "ruby",
        "sql",
        "serverless",
        "sketch",
        "tensorflow",
        "typescript",
        "xml",
        "ios",
        "macos",
        "windows",
    ]
)
"""One-word skills that job posts use so often that they are in the table of everyday words."""
LONGEST_NAME = 4


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    posts = json.loads((folder / "microsoft_careers_sample.json").read_text("utf-8"))
    with (folder / "onet_occupation_data.txt").open(encoding="utf-8") as file:
        occupations = list(csv.DictReader(file, delimiter="\t"))
    texts = [f"{post['title']}. {post['description']}" for post in posts]
    texts += [f"{row['Title']}. {row['Description']}" for row in occupations]
    frequencies = _frequencies(texts)
    _write("idf.json", {"documents": len(texts), "stems": frequencies})
    everyday = {stem for of_count in frequencies.values() for stem in of_count.split()}
    of_occupations = {stem for text in texts[len(posts) :] for stem in _stems(text)}
    _write("english.json", {"stems": " ".join(sorted(of_occupations - everyday))})
    _write("skills.json", _skills(json.loads((folder / "skills.json").read_text("utf-8")), everyday))


def _frequencies(texts: list[str]) -> dict[str, str]:
    counts = Counter(stem for text in texts for stem in _stems(text))
    by_count: dict[int, list[str]] = defaultdict(list)
    for word, count in sorted(counts.items()):
        if count >= RAREST:
            by_count[count].append(word)
    return {str(n): " ".join(by_count[n]) for n in sorted(by_count)}


def _stems(text: str) -> set[str]:
    return {stem for sentence in sentences(text) for stem in sentence.content}


def _skills(raw: dict[str, list[str]], everyday: set[str]) -> dict[str, object]:
    skills = {
        names[0]: {name for name in names[1:] if name.lower() != names[0].lower()}
        for key, names in sorted(raw.items())
        if _is_a_skill(key, names[0], everyday)
    }
    more = _more_skills()
    known = {name.lower() for skill, aliases in more.items() for name in (skill, *aliases)}
    kept = {skill: names for skill, names in skills.items() if skill.lower() not in known}
    for skill, aliases in more.items():
        kept[skill] = skills.get(skill, set()) | aliases
    ordered = {skill: sorted(kept[skill]) for skill in sorted(kept)}
    return {"skills": ordered, "as_written": sorted(AS_WRITTEN), "narrower": _narrower()}


def _is_a_skill(key: str, name: str, everyday: set[str]) -> bool:
    """No heading of a catalogue, no concept with an explanation in brackets, no everyday word."""
    last = name.lower().split()[-1]
    one_word = " " not in name
    return not (
        key in DROPPED
        or "(" in name
        or "/" in name
        or len(name) < 2
        or len(name.split()) > LONGEST_NAME
        or (not one_word and last in NO_SUFFIXES)
        or (one_word and stem(name.lower()) in everyday and name.lower() not in ORDINARY_SKILLS)
    )


def _more_skills() -> dict[str, set[str]]:
    more: dict[str, set[str]] = {}
    for line in MORE_SKILLS.strip().splitlines():
        if not line.startswith("#"):
            skill, _, aliases = line.partition("=")
            more[skill.strip()] = {alias.strip() for alias in aliases.split(",") if alias.strip()}
    return more


def _narrower() -> dict[str, list[str]]:
    lines = [line for line in NARROWER.strip().splitlines() if not line.startswith("#")]
    return {
        broader: narrower.split(", ") for broader, narrower in sorted(line.split(" < ") for line in lines)
    }


def _write(name: str, table: object) -> None:
    text = json.dumps(table, ensure_ascii=False, indent=0, separators=(",", ":"))
    (DATA / name).write_text(text + "\n", encoding="utf-8")
    print(f"{name}: {len(text):,} bytes")


if __name__ == "__main__":
    main()
