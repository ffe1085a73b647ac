import '@servicenow/sdk/global'

declare global {
    namespace Now {
        namespace Internal {
            interface Keys extends KeysRegistry {
                explicit: {
                    'action-deliver': {
                        table: 'sysevent_script_action'
                        id: '7f479e826b3444ebb16c52b4a5e5005b'
                    }
                    bom_json: {
                        table: 'sys_module'
                        id: '3617f92512b84362ba8f85d00e1e1295'
                    }
                    'event-deliver': {
                        table: 'sysevent_register'
                        id: '9919237da09a4993b325da3508114078'
                    }
                    'event-failed': {
                        table: 'sysevent_register'
                        id: '8f8b7f94c0ee4c79813fc98c147843ce'
                    }
                    'job-retry': {
                        table: 'sysauto_script'
                        id: '459c159e76e3467d8d9adbf1f52e36d1'
                    }
                    package_json: {
                        table: 'sys_module'
                        id: '5f8ca6c883c64c958f1a9e2b750ca288'
                    }
                    'property-bridge-url': {
                        table: 'sys_properties'
                        id: 'dbeab7ca99534f1d9f101879de304a0a'
                    }
                    'property-change-filter': {
                        table: 'sys_properties'
                        id: 'bdc7e6032a724d1f8a441ad9860b43ce'
                    }
                    'property-enabled': {
                        table: 'sys_properties'
                        id: '5ff40239ce5c43aa8794b7210f34e735'
                    }
                    'property-give-up-after-hours': {
                        table: 'sys_properties'
                        id: '81c14b896fa24f28a968254105288ee5'
                    }
                    'property-keep-delivered-days': {
                        table: 'sys_properties'
                        id: '69f757450e1b4c848f6dcb28c2d18bac'
                    }
                    'property-mid-server': {
                        table: 'sys_properties'
                        id: '06febb0d5557413397caf2a7a3ac89ac'
                    }
                    'property-secret-primary': {
                        table: 'sys_properties'
                        id: '29731a6706784e4bb122ef79e27ab437'
                    }
                    'property-secret-secondary': {
                        table: 'sys_properties'
                        id: '51622f3e32e148e99468741f08064979'
                    }
                    'property-tags-field': {
                        table: 'sys_properties'
                        id: 'c15d9f052a994468b413ae7142979040'
                    }
                    'property-timeout-seconds': {
                        table: 'sys_properties'
                        id: 'ad2d6278feb7403fb3bc6dd89b48e11c'
                    }
                    'rule-change-created': {
                        table: 'sys_script'
                        id: '0a0baf0d7e6d4ea5b75678ecbb1e4458'
                    }
                    'rule-change-deleted': {
                        table: 'sys_script'
                        id: '3e2d992d637c4c659ebb5610f22f6977'
                    }
                    'rule-change-updated': {
                        table: 'sys_script'
                        id: '608a5b3d08c948df91ae73e52fbfacdd'
                    }
                    'src_server_ascii-json_ts': {
                        table: 'sys_module'
                        id: '5468008972bc402a994c3fd4d75b1d78'
                    }
                    src_server_backoff_ts: {
                        table: 'sys_module'
                        id: '5bf299de07844ff8aff63896f03e3f6a'
                    }
                    src_server_delivery_ts: {
                        table: 'sys_module'
                        id: 'd10c61dd3d124bb18934bcd15470bcd7'
                    }
                    'src_server_glide-claims_ts': {
                        table: 'sys_module'
                        id: '38b571647ffb438799089524bc589f5e'
                    }
                    'src_server_glide-outbox_ts': {
                        table: 'sys_module'
                        id: '1cd66345685e49679503bde961f19793'
                    }
                    'src_server_glide-platform_ts': {
                        table: 'sys_module'
                        id: '2ae1aae56c634e5786b963e5c32f1f67'
                    }
                    src_server_jobs_ts: {
                        table: 'sys_module'
                        id: '34d1a161b86b4aee897a3cc52ecd34c8'
                    }
                    src_server_names_ts: {
                        table: 'sys_module'
                        id: '2b5c3d6230f14dcfbaabff579966302b'
                    }
                    src_server_outcome_ts: {
                        table: 'sys_module'
                        id: 'da0b3b10c67e47d8a6b40cd8d7e4dd0b'
                    }
                    src_server_payload_ts: {
                        table: 'sys_module'
                        id: '31b45b9b5eb84dcb9788e6c57ee3b451'
                    }
                    src_server_rules_ts: {
                        table: 'sys_module'
                        id: 'dcb98f4c00b643c5a6661b4dccee7876'
                    }
                    src_server_settings_ts: {
                        table: 'sys_module'
                        id: '99aecfbfc614411a91d46720da6440e2'
                    }
                    src_server_signature_ts: {
                        table: 'sys_module'
                        id: '633a0526e5c1497394869c4bc570063c'
                    }
                    src_server_time_ts: {
                        table: 'sys_module'
                        id: 'f0e89063c3764dc286dd7b4d7397581f'
                    }
                }
                composite: [
                    {
                        table: 'sys_dictionary'
                        id: '02cae6dbfc1343bcb8c3ec536d229d28'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'http_status'
                        }
                    },
                    {
                        table: 'sys_db_object'
                        id: '03b7dc93d8e944b7a3e9f73846c44ab2'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '07adeefc8b2b4b1a943ddd1e450aa312'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'record_id'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_index'
                        id: '083763711c934094a20da71e9315a3d5'
                        key: {
                            logical_table_name: 'x_chb_changebridge_outbox'
                            col_name_string: 'state,next_attempt'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '0a5ad71349044c7c9db4c4c165b17021'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'origin'
                            value: 'rule'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_choice_set'
                        id: '0a8a775f62984316a147a14185f96361'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'origin'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '0aa07285c62047e880f1de1cbc94399e'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'NULL'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '0f397cb8f2a74a98a88f5996fc261eb2'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'number'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '109c7b0926ce4db0ad1283009405deb9'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'claimed_at'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_user_role_contains'
                        id: '1c3ef0186a2640f789f0731338ea227e'
                        key: {
                            role: {
                                id: '3b7cc63baa6f431db8b68c2fe0df1518'
                                key: {
                                    name: 'x_chb_changebridge.admin'
                                }
                            }
                            contains: {
                                id: 'a03c80265e67497bb0878eb943d0496a'
                                key: {
                                    name: 'x_chb_changebridge.user'
                                }
                            }
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '1d1886deaf604f0ebd57d2611eba156e'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'change'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '1f53b9dda3634a47b217d090d75596f1'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'state'
                            value: 'delivering'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '2102c581a5f842328efef2ae6118819b'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'give_up_at'
                        }
                    },
                    {
                        table: 'sys_choice_set'
                        id: '22642df6741e46a392e3489a0ba98d24'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'event'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '22a1a79ca3bb41c08a4f9a067c0773fd'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'next_attempt'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '295d5d297d9842b0912454b08469b76e'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'payload'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_db_object'
                        id: '3070bdfdd1cb44f19217b32f49ab50a0'
                        key: {
                            name: 'x_chb_changebridge_claim'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '3110147e4fe2407a8d2197c6507adfd3'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'event'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '32ffc9e60f4048a59002661f66f334ad'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'attempts'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_user_role'
                        id: '3b7cc63baa6f431db8b68c2fe0df1518'
                        key: {
                            name: 'x_chb_changebridge.admin'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '3b7eb050fd5a46b997d8e6467b674d58'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'state'
                            value: 'pending'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '432b61ccb4bb4847aaa496ada7473054'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'NULL'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '449d2b2f682b467fa877d2b6e9ef6318'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'clock_skew'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '496320dc4b094de79892a0d2d96ae7d9'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'origin'
                            value: 'resend'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '4a5a466e20784f3fa97d1df24be3de0b'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'NULL'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '53b6cbe2a9e74fe9980195ccec597a70'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'clock_skew'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '5645c6dc6be14150b5aac591c0d4e84b'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'event'
                            value: 'change.updated'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '5e78708d311e49438549eccce7cc4140'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'record_id'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '5e94a3018cd340839dc1e1acdc0bbaf1'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'state'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '629f427b27f14176bd4b4ac1ea15bdf5'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'last_attempt'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '6f08c514ec0844d1b21df4432f521a1a'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'state'
                            value: 'delivered'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'ua_table_licensing_config'
                        id: '73c4d64096d143eb8c93af8c0db0950c'
                        key: {
                            name: 'x_chb_changebridge_claim'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '74b76f77fc0644edb820e34b98b00d02'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'last_error'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '75cbdc8709694441b861f5f461e2993f'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'record_id'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '75dbb9b4ac224025b312f50051fbadd9'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'number'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '7a3065bfefeb44cfb7070b99a2c70d80'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'last_error'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '7caf58602c63429a91b10bf2d7b3605d'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'attempts'
                        }
                    },
                    {
                        table: 'sys_index'
                        id: '7f3e310605dc4c4996e28e7bf1e88bfb'
                        key: {
                            logical_table_name: 'x_chb_changebridge_outbox'
                            col_name_string: 'record_id,state,mod_count'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '83d2071aebe840daa0e9bb818185efd2'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'origin'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '88db930bc976480eba502fb23e5fd807'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'mod_count'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '894af42f8432473cb40de2e406795577'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'event'
                            value: 'change.created'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '89929b281ac74f3ea7cbdc4534c1f0e5'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'payload'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '8a1bfedf502e4b389cfd2beebadb99cd'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'give_up_at'
                            language: 'en'
                        }
                    },
                    {
                        table: 'ua_table_licensing_config'
                        id: '8ae4f9186a3b4a4e92f15e331581013a'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: '92a407cc472f40bb9220e44efbe63ea7'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'change'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '96cd036c6aa4455d9b0aceda29e2de9d'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'state'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: '98a1ce0f7d6d42bf84fb15275ec8c453'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'state'
                            value: 'dead'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: '9acb6195496546ca8511f7f879811846'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'origin'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_user_role'
                        id: 'a03c80265e67497bb0878eb943d0496a'
                        key: {
                            name: 'x_chb_changebridge.user'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'a15336b8670b466d883db2bc7f22ab66'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'claimed_at'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'a8def3883dcd4cf5b89bcdaf29e4c82b'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'http_status'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'abe74044898b405a88cec8b74ce822e5'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'delivered_at'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'af5187642db943379c6ded259fa9834d'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'NULL'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'b348f894250a4fe6a528510972abbbf0'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'mod_count'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_user_role'
                        id: 'bdcb13c64eb8404db1bdb5fc2f4ec475'
                        key: {
                            name: 'x_chb_changebridge.integration'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'bfee35480cc0428a8ec8d65046a53355'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'occurred_at'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'c4520f355b2a47198c4b0467f27f9aa9'
                        key: {
                            name: 'change_request'
                            element: 'u_external_tags'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'c74a12d2dc6a461c996b509739568bd8'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'token'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'c765253a02804550b40d787112e5b735'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'occurred_at'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'ccc28f1569454a68bf1da628b22bfc3c'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'record_id'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'd5149aa4fb2a468590292e0e0805dc61'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'delivered_at'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'dd64b78932da4cd1b28391addddce5f2'
                        key: {
                            name: 'change_request'
                            element: 'u_external_tags'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_dictionary'
                        id: 'e1e2cea6493c48aa9c73a3f54942e9a0'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'event'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'e46f650fe4534590a3564eb791a63f67'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'next_attempt'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_choice'
                        id: 'e7c729d6cc014b078db877362004f668'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'event'
                            value: 'change.deleted'
                            language: 'en'
                            dependent_value: 'NULL'
                        }
                    },
                    {
                        table: 'sys_choice_set'
                        id: 'f46b3eb2cca34f4c98578ddf2c201695'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'state'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'fa1aeed1b60447758c2f912bbefa3175'
                        key: {
                            name: 'x_chb_changebridge_outbox'
                            element: 'last_attempt'
                            language: 'en'
                        }
                    },
                    {
                        table: 'sys_documentation'
                        id: 'ff81edaa21934c36801c29b7a5e52896'
                        key: {
                            name: 'x_chb_changebridge_claim'
                            element: 'token'
                            language: 'en'
                        }
                    },
                ]
            }
        }
    }
}
