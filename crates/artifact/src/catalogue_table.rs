//! The rows of the catalogue, in the order of [`ArtifactType`].

use crate::catalogue::{ArtifactType, Category, MergeKey, ReferenceField, ReferenceForm, TypeSpec};

use ArtifactType::{
    AtlasForm, EntitySchema, FieldLibrary, ProcessDefinition, RuleSet, ThreadDefinition,
};

pub(crate) const TABLE: [TypeSpec; ArtifactType::ALL.len()] = [
    TypeSpec {
        references: &[
            id("nodes[].config.threadId", ThreadDefinition),
            id("nodes[].config.formId", AtlasForm),
            id("nodes[].config.ruleSetId", RuleSet),
            id("nodes[].config.entityId", EntitySchema),
        ],
        merge_keys: WORKFLOW_KEYS,
        ..platform(
            ProcessDefinition,
            "workflows",
            "proc-",
            "WorkflowHandler",
            23,
        )
    },
    TypeSpec {
        references: &[
            id("nodes[].config.formId", AtlasForm),
            id("nodes[].config.ruleSetId", RuleSet),
            id("nodes[].config.entityId", EntitySchema),
        ],
        merge_keys: WORKFLOW_KEYS,
        ..platform(
            ThreadDefinition,
            "workflows",
            "thread-",
            "WorkflowHandler",
            22,
        )
    },
    TypeSpec {
        references: &[
            id("fields[].dataSource.entityId", EntitySchema),
            id("validationRules[].ruleSetId", RuleSet),
            id("fields[].libraryId", FieldLibrary),
        ],
        merge_keys: &[key("fields", &["fieldId"]), key("actions", &["actionId"])],
        ..platform(AtlasForm, "forms", "form-", "FormHandler", 21)
    },
    TypeSpec {
        references: &[id("fields[].dataSource.entityId", EntitySchema)],
        merge_keys: &[key("fields", &["fieldId"])],
        ..platform(FieldLibrary, "libraries", "lib-", "FormHandler", 20)
    },
    TypeSpec {
        references: &[
            id("rules[].entityId", EntitySchema),
            ReferenceField {
                path: "rules[].condition",
                target: EntitySchema,
                form: ReferenceForm::Expression,
            },
        ],
        merge_keys: &[key("rules", &["ruleId"])],
        ..platform(RuleSet, "rules", "rule-", "RuleSetHandler", 19)
    },
    TypeSpec {
        merge_keys: &[key("fields", &["fieldName"]), key("indexes", &["name"])],
        ..platform(EntitySchema, "entities", "ent-", "EntityHandler", 18)
    },
    TypeSpec {
        references: &[
            id("widgets[].config.formId", AtlasForm),
            id("actions[].workflowId", ProcessDefinition),
        ],
        merge_keys: &[
            key("widgets", &["widgetId"]),
            key("actions", &["actionId"]),
            key("settings", &["key"]),
        ],
        ..platform(
            ArtifactType::AppDefinition,
            "apps",
            "app-",
            "AppHandler",
            25,
        )
    },
    TypeSpec {
        references: &[
            id("tools[].workflowId", ProcessDefinition),
            id("entityIds[]", EntitySchema),
        ],
        merge_keys: &[key("tools", &["name"])],
        ..platform(
            ArtifactType::AgentDefinition,
            "agents",
            "agent-",
            "AgentHandler",
            24,
        )
    },
    system(ArtifactType::Schema, "schemas", "SchemaHandler", 0),
    system(ArtifactType::Table, "tables", "TableHandler", 3),
    system(
        ArtifactType::Constraint,
        "constraints",
        "ConstraintHandler",
        4,
    ),
    system(ArtifactType::Index, "indexes", "IndexHandler", 5),
    system(
        ArtifactType::Relationship,
        "relationships",
        "RelationshipHandler",
        7,
    ),
    system(ArtifactType::View, "views", "ViewHandler", 8),
    system(
        ArtifactType::StoredProc,
        "procedures",
        "StoredProcHandler",
        9,
    ),
    system(ArtifactType::Trigger, "triggers", "TriggerHandler", 10),
    TypeSpec {
        extension: "ndjson",
        ..system(ArtifactType::Data, "data", "DataHandler", 6)
    },
    system(ArtifactType::Role, "roles", "RoleHandler", 1),
    system(ArtifactType::User, "users", "UserHandler", 2),
    system(ArtifactType::Security, "security", "SecurityHandler", 11),
    system(ArtifactType::Config, "configs", "ConfigHandler", 12),
    system(ArtifactType::Template, "templates", "TemplateHandler", 13),
    system(ArtifactType::Script, "scripts", "ScriptHandler", 14),
    system(ArtifactType::Metadata, "metadata", "MetadataHandler", 15),
    system(ArtifactType::Audit, "audit", "AuditHandler", 16),
    system(ArtifactType::Custom, "custom", "CustomHandler", 17),
];

const WORKFLOW_KEYS: &[MergeKey] = &[
    key("nodes", &["nodeId"]),
    key("connections", &["from", "to"]),
    key("variables", &["name"]),
];

const fn id(path: &'static str, target: ArtifactType) -> ReferenceField {
    ReferenceField {
        path,
        target,
        form: ReferenceForm::Id,
    }
}

const fn key(path: &'static str, members: &'static [&'static str]) -> MergeKey {
    MergeKey { path, members }
}

const fn platform(
    artifact_type: ArtifactType,
    folder: &'static str,
    id_prefix: &'static str,
    handler: &'static str,
    install_rank: u8,
) -> TypeSpec {
    TypeSpec {
        category: Category::Platform,
        id_prefix: Some(id_prefix),
        ..system(artifact_type, folder, handler, install_rank)
    }
}

const fn system(
    artifact_type: ArtifactType,
    folder: &'static str,
    handler: &'static str,
    install_rank: u8,
) -> TypeSpec {
    TypeSpec {
        artifact_type,
        category: Category::System,
        folder,
        extension: "json",
        id_prefix: None,
        references: &[],
        merge_keys: &[],
        handler,
        install_rank,
    }
}
